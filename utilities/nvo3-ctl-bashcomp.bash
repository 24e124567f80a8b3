# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Completion of nvo3-ctl's command line in bash: options, commands, and the
# names of VNs, VNICs, NVEs and tenants, for which the database is asked.
#
# Commands and options come from "nvo3-ctl --commands" and "--options", so that
# this file knows none of them but those whose values it completes.

# Runs nvo3-ctl on the database that the command line names, if it does.
# $_nvo3_program and $_nvo3_db are set by _nvo3_ctl().
_nvo3_run()
{
    "$_nvo3_program" --timeout=1 ${_nvo3_db:+"--db=$_nvo3_db"} "$@" \
        2>/dev/null
}

# Prints the names, and with a second argument also the aliases, of the rows
# in table $1, one in each line.
_nvo3_names()
{
    _nvo3_run --bare --columns="name${2:+,$2}" list "$1" | sed '/^$/d'
}

# Prints what there is for an argument of kind $1.  $2 is the command's first
# argument, $3 what there is of this one.
_nvo3_values()
{
    case $1 in
        VN | VNIC)      _nvo3_names "$1" alias ;;
        TENANT)         _nvo3_names Tenant alias ;;
        NVE)            _nvo3_names NVE ;;
        ADMISSION)      printf '%s\n' registered open ;;
        WAIT)           printf '%s\n' none status sync ;;
        KIND)           printf '%s\n' embedded external hw_vtep ;;
        FORMAT)         printf '%s\n' table list html csv json ;;
        DATA)           printf '%s\n' string bare json ;;
        TARGET)         printf '%s\n' role=hypervisor read-only read-write \
                                      ptcp: pssl: punix: ;;
        TABLE)          printf '%s\n' Binding Connection Epoch NVE \
                                      NVE_Registration NVO3_Global \
                                      RBAC_Permission RBAC_Role SSL Tenant \
                                      VN VNIC VNIC_Claim VNIC_MAC VNIC_VN ;;
        RECORD)
            case $2 in
                VN | VNIC | Tenant) _nvo3_names "$2" alias ;;
                NVE)                _nvo3_names NVE ;;
                *)                  printf '%s\n' . ;;
            esac ;;
        PRIVATE-KEY | CERTIFICATE | CA-CERT | FILE)
            compgen -f -- "$3" ;;
    esac
}

# Prints what the value of option $1 is, as _nvo3_values() knows it.
_nvo3_option_kind()
{
    case $1 in
        --vn)           echo VN ;;
        --tenant)       echo TENANT ;;
        --nves)         echo NVE ;;
        --wait)         echo WAIT ;;
        --kind)         echo KIND ;;
        -f | --format)  echo FORMAT ;;
        -d | --data)    echo DATA ;;
        -p | -c | -C | --private-key | --certificate | --ca-cert | \
        --bootstrap-ca-cert | --log-file)
                        echo FILE ;;
    esac
}

# Puts those of the lines in $2 that begin with $1 into COMPREPLY, quoted for
# the shell, each with the suffix $3.
_nvo3_reply()
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
_nvo3_argument_kind()
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

# Completes an argument: $1 is the word so far, $2 the command, and the others
# are the arguments before it.
_nvo3_complete_argument()
{
    local cur=$1 command=$2 line kind
    local -a spec
    shift 2

    line=$(_nvo3_run --commands | grep -F -- ",$command,") || return
    read -ra spec <<< "${line##*,}"
    kind=$(_nvo3_argument_kind $# "${spec[@]}")
    kind=${kind#NEW-}
    # A new name is nobody's yet.
    if [[ ${spec[$#]:1} != NEW-* ]]; then
        _nvo3_reply "$cur" "$(_nvo3_values "$kind" "$1" "$cur")"
    fi
}

# Completes an option, $1, of command $2, which may be empty.
_nvo3_complete_option()
{
    local options=

    if [[ -n $2 ]]; then
        options=$(_nvo3_run --commands | grep -F -- ",$2,")
        options=${options%%,*}
    else
        options=$(_nvo3_run --commands | cut -d, -f1)
    fi
    options=$(tr -d '[]' <<< "$options" | tr ' ' '\n' | sort -u)
    _nvo3_reply "$1" "$options"
    _nvo3_reply "$1" "$(_nvo3_run --options | sed 's/ARG$//' | grep '^--')"
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_nvo3_ctl()
{
    local _nvo3_program=${1:-nvo3-ctl} _nvo3_db='' cur='' option='' word
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
            _nvo3_db=$word
        fi
        if [[ -n $option ]]; then
            option=
        elif [[ $word == -- ]]; then
            segment=()
        elif [[ $word == --db=* ]]; then
            _nvo3_db=${word#--db=}
        elif [[ $word == --db || $word == -t
                || -n $(_nvo3_option_kind "$word") ]]; then
            option=$word
        elif [[ $word != -* ]]; then
            segment+=("$word")
        fi
    done

    if [[ -n $option ]]; then
        _nvo3_reply "$cur" \
            "$(_nvo3_values "$(_nvo3_option_kind "$option")" '' "$cur")"
    elif [[ $cur == --*=* ]]; then
        option=${cur%%=*}
        cur=${cur#*=}
        _nvo3_reply "$cur" \
            "$(_nvo3_values "$(_nvo3_option_kind "$option")" '' "$cur")"
    elif [[ $cur == -* ]]; then
        _nvo3_complete_option "$cur" "${segment[0]}"
    elif (( ${#segment[@]} == 0 )); then
        _nvo3_reply "$cur" "$(_nvo3_run --commands | cut -d, -f2 | sort)"
    else
        _nvo3_complete_argument "$cur" "${segment[@]}"
    fi
}

complete -F _nvo3_ctl nvo3-ctl
