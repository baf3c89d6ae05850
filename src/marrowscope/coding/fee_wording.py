"""What the letters and digits of the fee schedule mean, in our own words."""

from collections.abc import Mapping

STATUS_WORDS: Mapping[str, str] = {
    "A": "paid under the fee schedule where the service is covered",
    "B": "never paid by itself: part of another service",
    "C": "priced by the contractor, case by case; not a denial",
    "D": "deleted",
    "E": "left out of the fee schedule by regulation",
    "F": "discontinued, without a time of grace",
    "G": "not valid for Medicare, after a time of grace; another code is used",
    "H": "the modifier was deleted",
    "I": "not valid for Medicare; another code is used",
    "J": "anaesthesia, valued by other units",
    "L": "a local code",
    "M": "only reports a measurement",
    "N": "not covered by Medicare",
    "P": "part of another service or left out, by its kind",
    "Q": "only reports the function of a patient in therapy",
    "R": "covered in some circumstances only",
    "T": "paid only where nothing else is paid on that day",
    "X": "outside the fee schedule by law",
}
PCTC_WORDS: Mapping[str, str] = {
    "0": "a physician's service as a whole; no split by 26 and TC",
    "1": "splits into a professional part (26) and a technical part (TC)",
    "2": "professional part only",
    "3": "technical part only",
    "4": "the whole of a test whose parts have codes of their own",
    "5": "incident to a physician's service; no 26, no TC",
    "6": "interpretation of a laboratory test; 26 possible, TC not",
    "7": "private practice of a therapist",
    "8": "physician's interpretation, for inpatients only",
    "9": "the split does not apply",
}
GLOBAL_WORDS: Mapping[str, str] = {
    "000": "includes the day of the service",
    "010": "includes the 10 days after the service",
    "090": "includes the day before and the 90 days after the service",
    "MMM": "maternity care, with its own period",
    "XXX": "no period goes with it",
    "YYY": "the contractor sets the period",
    "ZZZ": "an add-on: the period is that of the primary service",
}
