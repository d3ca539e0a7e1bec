"""CT and PET: how a study is planned, what physics does to it, what moves between the two."""
