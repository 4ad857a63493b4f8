// SPDX-License-Identifier: Apache-2.0
// Contracts of batch systems and MPI: Slurm, Open MPI, and what has PMI alone (MPICH, Intel MPI).
#include "runtime/launch/contract.h"
#include "runtime/launch/host_list.h"

namespace raddle::launch {

Found find_slurm(const Environment& environment) {
  // Without a step this is the batch script, which is no task of any srun; its SLURM_NTASKS is what
  // a later srun would start.
  if (!has(environment, "SLURM_PROCID") || !has(environment, "SLURM_STEP_ID") ||
      !has(environment, "SLURM_STEP_NUM_TASKS")) {
    return std::optional<Place>();
  }
  Place place;
  RADDLE_RETURN_IF_ERROR(
      read_rank(environment, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", &place.rank, &place.size));
  // An mpirun inside a step sets its own variables for the ranks, and what is left of the step's
  // are those of mpirun's daemon.
  if (has(environment, "OMPI_COMM_WORLD_RANK")) {
    const Found inner = find_openmpi(environment);
    if (inner.is_ok() && inner->has_value() &&
        ((*inner)->rank != place.rank || (*inner)->size != place.size)) {
      return std::optional<Place>();
    }
  }
  RADDLE_ASSIGN_OR_RETURN(place.local_rank,
                          number_or(environment, "SLURM_LOCALID", 0, place.size - 1, 0));
  RADDLE_ASSIGN_OR_RETURN(place.node_rank,
                          number_or(environment, "SLURM_NODEID", 0, place.size - 1, 0));
  const std::string* tasks = find(environment, "SLURM_STEP_TASKS_PER_NODE");
  if (tasks != nullptr) {
    RADDLE_ASSIGN_OR_RETURN(place.local_size, tasks_of_node(*tasks, place.node_rank));
  }
  const std::string* nodes = find(environment, "SLURM_STEP_NODELIST");
  const std::string* job = find(environment, "SLURM_JOB_ID");
  if (nodes == nullptr || job == nullptr) return std::optional<Place>(std::move(place));
  RADDLE_ASSIGN_OR_RETURN(std::string host, first_host(*nodes));
  const std::string* count = find(environment, "SLURM_STEP_NUM_NODES");
  if (count != nullptr && *count == "1") host = "127.0.0.1";
  place.coordinator = fmt::format(
      "{}:{}", host,
      port_of_job(fmt::format("slurm {}.{}", *job, environment.find("SLURM_STEP_ID")->second)));
  return std::optional<Place>(std::move(place));
}

Found find_openmpi(const Environment& environment) {
  if (!has(environment, "OMPI_COMM_WORLD_RANK")) return std::optional<Place>();
  Place place;
  RADDLE_RETURN_IF_ERROR(read_rank(environment, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                                   &place.rank, &place.size));
  RADDLE_ASSIGN_OR_RETURN(place.local_size,
                          number_or(environment, "OMPI_COMM_WORLD_LOCAL_SIZE", 1, place.size, 1));
  RADDLE_ASSIGN_OR_RETURN(place.local_rank, number_or(environment, "OMPI_COMM_WORLD_LOCAL_RANK", 0,
                                                      place.local_size - 1, 0));
  // OMPI_COMM_WORLD_NODE_RANK counts the ranks of one node, not nodes, in spite of its name.
  place.node_rank = place.rank / place.local_size;
  // Nothing says on which host rank 0 is unless it is this one.
  const std::string* job = find(environment, "PMIX_NAMESPACE");
  if (place.local_size == place.size && job != nullptr) {
    place.coordinator = fmt::format("127.0.0.1:{}", port_of_job("pmix " + *job));
  }
  return std::optional<Place>(std::move(place));
}

Found find_pmi(const Environment& environment) {
  // Slurm sets them too (--mpi=pmi2), and has won then.
  if (!has(environment, "PMI_RANK") || !has(environment, "PMI_SIZE")) return std::optional<Place>();
  Place place;
  RADDLE_RETURN_IF_ERROR(read_rank(environment, "PMI_RANK", "PMI_SIZE", &place.rank, &place.size));
  RADDLE_ASSIGN_OR_RETURN(place.local_size,
                          number_or(environment, "MPI_LOCALNRANKS", 1, place.size, 1));
  RADDLE_ASSIGN_OR_RETURN(place.local_rank,
                          number_or(environment, "MPI_LOCALRANKID", 0, place.local_size - 1, 0));
  place.node_rank = place.rank / place.local_size;
  return std::optional<Place>(std::move(place));
}

}  // namespace raddle::launch
