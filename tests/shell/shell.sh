#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shell as a program: what it prints where, and how it exits.
#
#     shell.sh SHELL
set -eu
shell=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# expect STATUS: compares ./out, ./err and the status with what is expected.
expect() {
    status=0
    "$shell" < in > out 2> err || status=$?
    if [ "$status" -ne "$1" ] || ! diff expected-out out ||
        ! diff expected-err err; then
        echo "exit status $status, expected $1" >&2
        exit 1
    fi
}

printf 'watch\nenter 1 a\nenter 2 b\nenter 3 c\nanoint b\ndemote b\nclose 1\n' \
    > in
cat > expected-out << 'END'
event index=0 leader=- queue=[]
ok index=0 leader=- queue=[]
event index=1 leader=a queue=[]
ok index=1 leader=a queue=[]
event index=1 leader=a queue=[b]
ok index=1 leader=a queue=[b]
event index=1 leader=a queue=[b c]
ok index=1 leader=a queue=[b c]
event index=2 leader=b queue=[a c]
ok index=2 leader=b queue=[a c]
event index=3 leader=a queue=[b c]
ok index=3 leader=a queue=[b c]
event index=4 leader=b queue=[c]
ok index=4 leader=b queue=[c]
END
: > expected-err
expect 0

# Nothing in, nothing out.
: > in
: > expected-out
expect 0

# Complaints go to standard error; the last line may lack its end.
printf 'frob\nterm' > in
echo 'ok index=0 leader=- queue=[]' > expected-out
echo 'line 1: unknown command; help lists all' > expected-err
expect 2

# A refused command is no error of the shell's.
printf 'evict z\nenter 1 ""\n' > in
printf 'not_found index=0 leader=- queue=[]\ninvalid\n' > expected-out
: > expected-err
expect 0

# An input that cannot be read is an error.
status=0
"$shell" < / > out 2> err || status=$?
[ "$status" -eq 2 ]
grep -q 'line 1: the input could not be read' err

# An answer comes before the next line is there.
mkfifo questions answers
"$shell" < questions > answers &
exec 3> questions 4< answers
echo 'enter 1 a' >&3
read -r answer <&4
[ "$answer" = 'ok index=1 leader=a queue=[]' ]
exec 3>&-
wait

# An output that cannot be written is an error.
if [ -e /dev/full ]; then
    status=0
    printf 'term\n' | "$shell" > /dev/full 2> err || status=$?
    [ "$status" -eq 1 ]
    grep -q 'output could not be written' err
fi

# A standard output that is closed is an error, too.
status=0
printf 'term\n' | "$shell" >&- 2> err || status=$?
[ "$status" -eq 1 ]
grep -q 'output could not be written' err

# said STATUS PATTERN FILE: the last command's status, and what it said.
said() {
    if [ "$status" -ne "$1" ] || ! grep -qe "$2" "$3"; then
        echo "status $status, expected $1; not in $3: $2" >&2
        cat "$3" >&2
        exit 1
    fi
}

# A snapshot takes the old one's place as a whole, or not at all.
printf 'enter 1 a\nsnapshot s\n' | "$shell" > out
cp s old
status=0
printf 'enter 1 bb\nsnapshot s\n' | (
    ulimit -f 0
    exec "$shell"
) 2>&1 | cat > out
grep -q 'line 2: s: File too large' out
cmp s old
[ ! -e s.new ]
if [ -e /dev/full ]; then
    status=0
    printf 'enter 1 a\nsnapshot /dev/full\n' | "$shell" > out 2> err ||
        status=$?
    said 2 'line 2: /dev/full: No space left on device' err
    [ -c /dev/full ]
fi
status=0
printf 'restore /dev/zero\n' | "$shell" > out 2> err || status=$?
said 2 'line 1: /dev/zero: larger than 64 MiB, so no snapshot' err

# What the command line may say.
status=0
"$shell" --version > out || status=$?
said 0 '^election-shell [0-9]*[.][0-9]*[.][0-9]*$' out
"$shell" --help > out || status=$?
said 0 '--check' out
said 0 '^enter SESSION NAME' out
"$shell" --frob > out 2> err || status=$?
said 2 'unknown option --frob; --help shows all' err
status=0
"$shell" --check 2> err || status=$?
said 2 'name the scenario files' err
status=0
echo 'enter 1 ""' | "$shell" --explain > out || status=$?
said 0 '^invalid: a name has at least one byte$' out
echo 'enter 1 a' > one
echo 'enter 2 b' > two
"$shell" one two > out || status=$?
said 0 'leader=a queue=.b.' out
"$shell" one nowhere > out 2> err || status=$?
said 2 'nowhere: No such file' err

# Transcripts.
status=0
cat > case << 'END'
# The first heading
> enter 1 a
ok index=1 leader=a queue=[]
> term
ok index=1 leader=b queue=[]

# The second heading
> term
ok index=0 leader=- queue=[]
END
"$shell" --check case > out || status=$?
cat > expected-out << 'END'
case:1: The first heading
  # The first heading
  > enter 1 a
  ok index=1 leader=a queue=[]
  > term
- ok index=1 leader=b queue=[]
+ ok index=1 leader=a queue=[]
1 passed, 1 failed
END
said 1 '1 passed, 1 failed' out
diff expected-out out
status=0
"$shell" --check --tap case > out || status=$?
said 1 '^not ok 1 - case:1: The first heading$' out
said 1 '^# [+] ok index=1 leader=a queue=' out
said 1 '^ok 2 - case:7: The second heading$' out
said 1 '^1[.][.]2$' out
status=0
"$shell" --rewrite case > out || status=$?
said 0 '^2 cases rewritten$' out
"$shell" --check case > out || status=$?
said 0 '^2 passed, 0 failed$' out
"$shell" --check case nowhere > out 2> err || status=$?
said 2 'nowhere: No such file' err
# The last line may lack its end.
status=0
printf '> term' > short
"$shell" --rewrite short > out || status=$?
said 0 '^1 cases rewritten$' out
printf '> term\nok index=0 leader=- queue=[]\n' | diff - short
"$shell" --rewrite / 2> err > out || status=$?
said 2 '/: Is a directory' err
"$shell" --tap one 2> err || status=$?
said 2 'tap goes with --check' err
echo frob > three
"$shell" one three > out 2> err || status=$?
said 2 '^three: line 1: unknown command' err
echo "the shell does as it should"
