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

# The registry: other lines, the same options.
status=0
printf 'office\nopen a 10000\nat 1\nwatch e leader\nrecover 1\n' |
    "$shell" --registry > out || status=$?
cat > expected-out << 'END'
ok applied=1
ok applied=2 session=2 incarnation=0 timeout=10000
ok
event applied=2 election=e cause=initial index=0 leader=-
ok
ok applied=3
END
said 0 '^ok applied=3$' out
diff expected-out out
status=0
printf 'office\nenter 1 a\nopen\nstatus' | "$shell" --registry - > out 2> err ||
    status=$?
said 2 'ok applied=1 version=1' out
printf '%s\n' 'line 2: unknown command; help lists all' \
    'line 3: a client is missing' | diff - err
# What is refused is no error of the shell's, be it below zero.
status=0
printf 'office\nupgrade 2\nindex 0\ntick\nrestore /dev/null\n' |
    "$shell" --registry > out 2> err || status=$?
said 0 '^version$' out
said 0 '^misuse$' out
said 0 '^corrupt$' out
[ ! -s err ]
"$shell" --help --registry > out || status=$?
said 0 '^propose SESSION SEQUENCE ELECTION COMMAND' out
[ "$(grep -c '^enter SESSION NAME' out)" -eq 0 ]
echo office > one
echo 'open a 1000' > two
"$shell" --registry one two > out || status=$?
said 0 'session=2' out
echo 'open "" 10000' | "$shell" --registry --explain one - > out || status=$?
said 0 '^invalid applied=2$' out
"$shell" --registry --tap one 2> err || status=$?
said 2 'tap goes with --check' err
status=0
"$shell" --registry --check 2> err || status=$?
said 2 'name the scenario files' err
status=0
"$shell" --registry=yes > out 2> err || status=$?
said 2 'unknown option --registry=yes; --help shows all' err
# No more than 64 watches, and 64 sessions in a line.
status=0
{
    yes 'watch e' | head -n 65
    printf 'unwatch\nwatch\n'
} | "$shell" --registry > out 2> err || status=$?
said 2 '^line 65: no more watches; unwatch ends all$' err
[ "$(grep -c '^event ' out)" -eq 64 ]
[ "$(tail -n 2 out | tr '\n' ' ')" = 'ok ok ' ]
status=0
{
    printf 'office\nkeepalive' && yes ' 7' | head -n 64 | tr -d '\n'
    printf '\nkeepalive' && yes ' 7' | head -n 65 | tr -d '\n'
} | "$shell" --registry > out 2> err || status=$?
said 2 '^line 3: more than 64 sessions$' err
said 2 '^no_session applied=2 lost=.7 7 ' out

# Its snapshots: whole or not at all, and the same bytes from the same state.
status=0
printf 'office\nopen a 10000\npropose 2 1 e enter a\nsnapshot r\n' |
    "$shell" --registry > out || status=$?
said 0 '^ok applied=3$' out
printf 'restore r\nsnapshot again\n' | "$shell" --registry > out || status=$?
said 0 '^ok applied=3$' out
cmp r again
cp r old
printf 'restore r\nend 2\nsnapshot r\n' | (
    ulimit -f 0
    exec "$shell" --registry
) 2>&1 | cat > out
grep -q 'line 3: r: File too large' out
cmp r old
[ ! -e r.new ]
if [ -e /dev/full ]; then
    printf 'office\nsnapshot /dev/full\n' | "$shell" --registry > out 2> err ||
        status=$?
    said 2 'line 2: /dev/full: No space left on device' err
    status=0
    echo status | "$shell" --registry > /dev/full 2> err || status=$?
    said 1 'output could not be written' err
fi
# A snapshot that is cut anywhere is corrupt, and so is one of an election, or
# what has no end.
status=0
echo 'restore /dev/zero' | "$shell" --registry > out || status=$?
said 0 '^corrupt$' out
echo 'restore /' | "$shell" --registry > out 2> err || status=$?
said 2 '^line 1: /: ' err
status=0
size=$(wc -c < r)
for cut in 1 8 9 $((size / 2)) $((size - 9)) $((size - 1)); do
    head -c "$cut" r > cut
    echo 'restore cut' | "$shell" --registry > out || status=$?
    said 0 '^corrupt$' out
done
printf 'enter 1 a\nsnapshot s\n' | "$shell" > out
echo 'restore s' | "$shell" --registry > out || status=$?
said 0 '^corrupt$' out
echo 'restore r' | "$shell" > out || status=$?
said 0 '^corrupt$' out

# Its transcripts.
cat > case << 'END'
# A session
> office
ok applied=1
> open a 1001
ok applied=2 session=2 incarnation=0 timeout=1001

# A new registry
> status now
error: nothing more may follow status
> tick
invalid applied=1
END
"$shell" --registry --check case > out || status=$?
cat > expected-out << 'END'
case:1: A session
  # A session
  > office
  ok applied=1
  > open a 1001
- ok applied=2 session=2 incarnation=0 timeout=1001
+ ok applied=2 session=2 incarnation=0 timeout=1100
1 passed, 1 failed
END
said 1 '1 passed, 1 failed' out
diff expected-out out
status=0
"$shell" --check --registry --tap case > out || status=$?
said 1 '^not ok 1 - case:1: A session$' out
said 1 '^ok 2 - case:7: A new registry$' out
status=0
"$shell" --registry --rewrite case > out || status=$?
said 0 '^2 cases rewritten$' out
"$shell" --registry --check case > out || status=$?
said 0 '^2 passed, 0 failed$' out
# Without the option they are lines of an election.
"$shell" --check case > out || status=$?
said 1 '^0 passed, 2 failed$' out
echo "the shell does as it should"
