"""Steps that bring an older `marrowscope.sqlite` to the tables of today, run when it is opened.

A step is never edited once it was released; a column or table that is no longer written is
dropped a release later. What a step needs of `tables` it spells out itself: those change.
"""
