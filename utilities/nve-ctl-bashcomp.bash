# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Completion of nve-ctl's command line in bash: options, commands, and the
# names of end devices, ports, segments, VNs and VNICs, for which the database
# is asked.  It comes behind nctl-bashcomp.bash.

# Prints what is in column $2 of the requests in table $1, one in each line.
_nve_requested()
{
    _nctl_run --bare --columns="$2" list "$1" | sed '/^$/d' | sort -u
}

# Prints what there is for an argument of kind $1.  $2 is the command's first
# argument, $3 what there is of this one.
_nve_values()
{
    case $1 in
        DEVICE)         _nctl_names End_Device ;;
        PORT)           _nctl_names Access_Port ;;
        SEGMENT)        _nctl_names Segment ;;
        VNIC)           _nve_requested VNIC_Request vnic ;;
        VN)             { _nve_requested VN_Connection vn
                          _nve_requested VNIC_Request vn
                          _nve_requested Tag vn; } | sort -u ;;
        MIGRATION)      printf '%s\n' none arriving departing ;;
        FORMAT)         printf '%s\n' table list html csv json ;;
        DATA)           printf '%s\n' string bare json ;;
        TARGET)         printf '%s\n' role=end-device read-only read-write \
                                      ptcp: pssl: punix: ;;
        TABLE)          printf '%s\n' Access_Port Connection End_Device \
                                      NVE_Global NVE_Status RBAC_Permission \
                                      RBAC_Role SSL Segment Tag VNIC_Answer \
                                      VNIC_Request VN_Connection \
                                      VN_Connection_Answer ;;
        RECORD)
            case $2 in
                End_Device | Access_Port | Segment) _nctl_names "$2" ;;
                VNIC_Request | VNIC_Answer) _nve_requested "$2" vnic ;;
                VN_Connection | VN_Connection_Answer | Tag)
                    _nve_requested "$2" vn ;;
                *)      printf '%s\n' . ;;
            esac ;;
        PRIVATE-KEY | CERTIFICATE | CA-CERT | FILE)
            compgen -f -- "$3" ;;
    esac
}

# Prints what the value of option $1 is, as _nve_values() knows it.
_nve_option_kind()
{
    case $1 in
        --device)       echo DEVICE ;;
        --port | --ports)
                        echo PORT ;;
        --segment)      echo SEGMENT ;;
        --vn)           echo VN ;;
        --migration)    echo MIGRATION ;;
        -f | --format)  echo FORMAT ;;
        -d | --data)    echo DATA ;;
        -p | -c | -C | --private-key | --certificate | --ca-cert | \
        --bootstrap-ca-cert | --log-file)
                        echo FILE ;;
    esac
}

_nve_ctl()
{
    _nctl_complete _nve "${1:-nve-ctl}"
}

complete -F _nve_ctl nve-ctl
