# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Completion of nvo3-ctl's command line in bash: options, commands, and the
# names of VNs, VNICs, NVEs and tenants, for which the database is asked.  It
# comes behind nctl-bashcomp.bash.

# Prints what there is for an argument of kind $1.  $2 is the command's first
# argument, $3 what there is of this one.
_nvo3_values()
{
    case $1 in
        VN | VNIC)      _nctl_names "$1" alias ;;
        TENANT)         _nctl_names Tenant alias ;;
        NVE)            _nctl_names NVE ;;
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
                VN | VNIC | Tenant) _nctl_names "$2" alias ;;
                NVE)                _nctl_names NVE ;;
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

_nvo3_ctl()
{
    _nctl_complete _nvo3 "${1:-nvo3-ctl}"
}

complete -F _nvo3_ctl nvo3-ctl
