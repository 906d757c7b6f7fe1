# Makes .venv at the top of the checkout ready, with the project installed in it. Sourced by examples/run and tests/run.
#
#   prepare_environment EXTRA     EXTRA: a name from extras_require in setup.py, or ""
#
# Afterwards `$venv/bin` has python, marx and the extra's commands. A second call is instant.

venv="$PWD/.venv"

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "Marx needs Python 3.11 or newer, and there is none on the PATH. Install one, then run this again."
    return 1
}

# Debian's python3 comes without the part that makes environments.
create_environment() {
    local python
    python=$(find_python) || return 1
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || return 1
    fi
    "$python" -m venv --clear "$venv"
}

# install_packages NAME...: Debian packages, as root only; says in one line what is missing otherwise.
install_packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"; } >/dev/null && return
    fi
    say "missing on this machine: $*. Install with: apt-get install $*"
    return 1
}

# What the environment was made from and where: if either changes, it is brought up to date.
stamp() { pwd && cat setup.py; }

bring_up_to_date() {
    local extra=$1
    local ready="$venv/.ready-${extra:-plain}"
    if [ -x "$venv/bin/python" ] && stamp | cmp -s - "$ready"; then
        return
    fi
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        create_environment || return 1
    fi
    say "installing Marx into .venv (only the first time)"
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --editable ".${extra:+[$extra]}" || return 1
    # Jails cannot write bytecode: without it, each would compile what it imports.
    "$venv/bin/python" -m compileall -qq marx sandbox || return 1
    stamp >"$ready"
}

# Two at once wait for each other: the second finds the work done.
prepare_environment() {
    (
        ! command -v flock >/dev/null || flock 9
        bring_up_to_date "$1"
    ) 9<setup.py
}
