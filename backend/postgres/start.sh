#!/usr/bin/env bash
# Start PostgreSQL with settings for the memory and the cores that this container may use:
#
#   start.sh COMMAND...   runs COMMAND with a -cNAME=VALUE for each of them
#
# The rule is that of app/core/sizing.py, and is explained in docs/decisions/0027-one-rule-for-sizes.md.
# What DB_SETTINGS says ("work_mem=16MB max_wal_size=4GB") wins over it.
set -euo pipefail

readonly MIB=$((1024 * 1024)) FEWEST=20 MOST=1000
readonly control_groups=${CONTROL_GROUPS:-/sys/fs/cgroup} machine=${MEMINFO:-/proc/meminfo}
readonly connections=${DB_CONNECTIONS:-200}

refuse() {
  echo "PostgreSQL cannot start with these settings: $1" >&2
  exit 1
}

numbers() { # numbers FILE...: all that is in them; `max`, -1 and missing files are no limits
  cat "$@" 2>/dev/null | tr ' ' '\n' | grep -xE '[0-9]+' || true
}

within() { # within LOWEST HIGHEST VALUE: the value, within these
  local value=$3
  if ((value < $1)); then value=$1; elif ((value > $2)); then value=$2; fi
  echo "$value"
}

memory_in_mib() {
  local limit memory
  memory=$(($(awk '/^MemTotal:/ { print $2 }' "$machine") * 1024))
  for limit in $(numbers "$control_groups/memory.max" "$control_groups/memory/memory.limit_in_bytes"); do
    if ((limit < memory)); then memory=$limit; fi
  done
  echo $((memory / MIB))
}

cores() {
  local quota
  mapfile -t quota < <(numbers "$control_groups/cpu.max")
  if [ "${#quota[@]}" != 2 ]; then
    mapfile -t quota < <(numbers "$control_groups/cpu/cpu.cfs_quota_us" "$control_groups/cpu/cpu.cfs_period_us")
  fi
  # A number alone is the period of a quota that is not there.
  if [ "${#quota[@]}" != 2 ]; then nproc; else within 1 "$(nproc)" $((quota[0] / quota[1])); fi
}

if ! [[ $connections =~ ^[0-9]{1,4}$ ]] || ((10#$connections < FEWEST || 10#$connections > MOST)); then
  refuse "DB_CONNECTIONS: must be a whole number from $FEWEST to $MOST"
fi
memory=$(memory_in_mib)
settings=(
  "max_connections=$((10#$connections))"
  "shared_buffers=$(within 16 8192 $((memory / 4)))MB"
  "effective_cache_size=$((memory * 3 / 4))MB"
  "maintenance_work_mem=$(within 16 1024 $((memory / 16)))MB"
  "work_mem=$(within 4 64 $((memory / 4 / 10#$connections)))MB"
  # A query that takes several cores keeps them from others: not before there are four.
  "max_parallel_workers_per_gather=$(within 0 2 $(($(cores) / 4)))"
  jit=off
  random_page_cost=1.1
  wal_compression=lz4
  # What was written last is read through by each search, until so much of it is put into the indexes of words.
  gin_pending_list_limit=128kB
)
read -ra given <<<"${DB_SETTINGS:-}"
for setting in "${given[@]}"; do
  [[ $setting =~ ^[a-z_.]+=.+$ ]] || refuse "DB_SETTINGS: '$setting' is not name=value"
  [[ $setting != max_connections=* ]] || refuse 'DB_SETTINGS: set DB_CONNECTIONS instead of max_connections'
done
settings+=("${given[@]}")

echo "$memory MiB, $(cores) cores: ${settings[*]}"
exec "$@" "${settings[@]/#/-c}"
