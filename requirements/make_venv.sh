# sh make_venv.sh FOLDER [PYTHON]: a virtual environment with the first Python that will do.
# A Python will do that is 3.11 or later and has the modules venv and ensurepip: Debian packs
# these apart from Python itself.
set -eu
folder=$1
shift
candidates=${*:-python3.13 python3.12 python3.11 python3}
seen=
for candidate in $candidates; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    # A shim may stand in for a version that is not there: asking is the only way to know.
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        seen="$seen $candidate is Python $version, too old;"
    elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        seen="$seen $candidate lacks the module venv (on Debian: apt install python$version-venv);"
    else
        echo "Making $folder with $candidate (Python $version)"
        rm -rf "$folder"
        exec "$candidate" -m venv "$folder"
    fi
done
echo "Marrowscope needs Python 3.11 or later with its venv module.${seen:- None of $candidates is here.}" >&2
echo "Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2
exit 1
