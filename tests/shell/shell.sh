#!/bin/sh
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
echo 'line 1: unknown command; try help' > expected-err
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
echo "the shell does as it should"
