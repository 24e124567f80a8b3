# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Completion in bash: what the command line tools for our databases share.
#
# Commands and options come from "PROGRAM --commands" and "--options", so that
# this file knows none of them.  A program's own file defines, with a prefix of
# its own, PREFIX_values and PREFIX_option_kind, and calls _nctl_complete.

# Runs the program on the database that the command line names, if it does.
# $_nctl_program and $_nctl_db are set by _nctl_complete().
_nctl_run()
{
    "$_nctl_program" --timeout=1 ${_nctl_db:+"--db=$_nctl_db"} "$@" \
        2>/dev/null
}

# Prints the names, and with a second argument also the aliases, of the rows
# in table $1, one in each line.
_nctl_names()
{
    _nctl_run --bare --columns="name${2:+,$2}" list "$1" | sed '/^$/d'
}

# Puts those of the lines in $2 that begin with $1 into COMPREPLY, quoted for
# the shell, each with the suffix $3.
_nctl_reply()
{
    local line

    while IFS= read -r line; do
        if [[ -n $line && $line == "$1"* ]]; then
            printf -v line '%q' "$line"
            COMPREPLY+=("$line$3")
        fi
    done <<< "$2"
}

# Prints the kind of argument number $1, from 0, of a command whose arguments
# are the other words: the first letter of each says whether it is optional
# ("?"), there any number of times ("*", "+"), or neither ("!").
_nctl_argument_kind()
{
    local n=$1 kind last=
    shift

    for kind; do
        last=$kind
        if (( n-- == 0 )); then
            break
        fi
    done
    if (( n < 0 )) || [[ $last == [*+]* ]]; then
        printf '%s\n' "${last:1}"
    fi
}

# Prints what there is for the value $2 so far of option $1.
_nctl_option_values()
{
    "${_nctl}_values" "$("${_nctl}_option_kind" "$1")" '' "$2"
}

# Completes an argument: $1 is the word so far, $2 the command, and the others
# are the arguments before it.
_nctl_complete_argument()
{
    local cur=$1 command=$2 line kind
    local -a spec
    shift 2

    line=$(_nctl_run --commands | grep -F -- ",$command,") || return
    read -ra spec <<< "${line##*,}"
    kind=$(_nctl_argument_kind $# "${spec[@]}")
    kind=${kind#NEW-}
    # A new name is nobody's yet.
    if [[ ${spec[$#]:1} != NEW-* ]]; then
        _nctl_reply "$cur" "$("${_nctl}_values" "$kind" "$1" "$cur")"
    fi
}

# Completes an option, $1, of command $2, which may be empty.
_nctl_complete_option()
{
    local options=

    if [[ -n $2 ]]; then
        options=$(_nctl_run --commands | grep -F -- ",$2,")
        options=${options%%,*}
    else
        options=$(_nctl_run --commands | cut -d, -f1)
    fi
    options=$(tr -d '[]' <<< "$options" | tr ' ' '\n' | sort -u)
    _nctl_reply "$1" "$options"
    _nctl_reply "$1" "$(_nctl_run --options | sed 's/ARG$//' | grep '^--')"
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

# Completes the command line of the program $2, whose own functions begin with
# $1.
_nctl_complete()
{
    local _nctl=$1 _nctl_program=$2 _nctl_db='' cur='' option='' word
    local -a words segment=()

    COMPREPLY=()
    # COMP_WORDS is cut at "=" and ":", so take the line itself.
    read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
    if [[ ${COMP_LINE:COMP_POINT-1:1} != [[:blank:]] ]]; then
        cur=${words[-1]}
        unset 'words[-1]'
    fi

    # The words of the last command before the cursor, without its options.
    for word in "${words[@]:1}"; do
        if [[ $option == --db ]]; then
            _nctl_db=$word
        fi
        if [[ -n $option ]]; then
            option=
        elif [[ $word == -- ]]; then
            segment=()
        elif [[ $word == --db=* ]]; then
            _nctl_db=${word#--db=}
        elif [[ $word == --db || $word == -t
                || -n $("${_nctl}_option_kind" "$word") ]]; then
            option=$word
        elif [[ $word != -* ]]; then
            segment+=("$word")
        fi
    done

    if [[ -n $option ]]; then
        _nctl_reply "$cur" \
            "$(_nctl_option_values "$option" "$cur")"
    elif [[ $cur == --*=* ]]; then
        option=${cur%%=*}
        cur=${cur#*=}
        _nctl_reply "$cur" \
            "$(_nctl_option_values "$option" "$cur")"
    elif [[ $cur == -* ]]; then
        _nctl_complete_option "$cur" "${segment[0]}"
    elif (( ${#segment[@]} == 0 )); then
        _nctl_reply "$cur" "$(_nctl_run --commands | cut -d, -f2 | sort)"
    else
        _nctl_complete_argument "$cur" "${segment[@]}"
    fi
}
