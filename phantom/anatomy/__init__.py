"""The healthy body: tissues as solids in one canonical frame, and how patients differ.

The frame is in millimetres: x to the patient's left, y to the back, z to the head, with the
vertex at z = 0 and the ears' plane at y = 0. Lists of tissues are painted in order, the later
over the earlier.
"""
