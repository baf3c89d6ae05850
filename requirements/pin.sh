# sh pin.sh UV: writes run.txt and test.txt anew from pyproject.toml, for every platform and every
# Python from 3.11, with a hash for each file and no address of any index.
set -eu
uv=$1
pin() {
    out=$1
    shift
    "$uv" pip compile pyproject.toml "$@" --universal --python-version 3.11 --upgrade \
        --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make pins" --output-file "$out" --quiet
}
pin requirements/run.txt
pin requirements/test.txt --extra test --extra dev
