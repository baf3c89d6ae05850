"""One table a source of labelled cells: what each of its labels means in the vocabulary.

Columns: `label`, as the source writes it; `class_ids`, joined by `|`, the representative first,
empty where the vocabulary has no place; `relation` of the label to the class (exact, broader,
narrower), empty without a class; `note`. `labels.py` reads and checks them.
"""
