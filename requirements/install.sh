# sh install.sh PYTHON PINS SELF: the pinned requirements, then the tree itself, editable.
# Where the pins do not fit this platform, the ranges of pyproject.toml.
set -eu
python=$1 pins=$2 self=$3
# Ready-made files only, so that no platform starts to compile a large library; pyvips alone is
# published as source, and needs no compiler.
source_only=pyvips
install() {
    "$python" -m pip install --disable-pip-version-check -qq "$@"
}
echo "Installing what $pins lists (a few minutes the first time)"
if install --only-binary :all: --no-binary "$source_only" --require-hashes --requirement "$pins"; then
    install --no-deps --editable .
else
    echo "The pinned versions cannot be installed here; trying what pyproject.toml allows." >&2
    install --prefer-binary --editable "$self"
fi
