"""Patients and cohorts as files, in the data set's layout or Grand Challenge's."""
