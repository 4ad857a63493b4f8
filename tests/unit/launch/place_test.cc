// SPDX-License-Identifier: Apache-2.0
// Environments as the launchers give them; those of Open MPI 4.1.4 and Slurm 22.05 are taken from
// runs of mpirun, srun, sbatch and salloc on a cluster of two nodes.
#include "runtime/launch/place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace raddle::launch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Place place_in(const Environment& environment) {
  StatusOr<Place> found = find_place(environment);
  EXPECT_TRUE(found.is_ok()) << found.status().to_string();
  return found.is_ok() ? *found : Place();
}

std::string refusal_of(const Environment& environment) {
  const StatusOr<Place> found = find_place(environment);
  EXPECT_EQ(found.status().code(), Code::kInvalidArgument);
  return found.status().message();
}

Environment with(Environment environment, const Environment& more) {
  for (const auto& [name, value] : more) environment[name] = value;
  return environment;
}

const Environment kTorchrun = {
    {"MASTER_ADDR", "w0"}, {"MASTER_PORT", "29500"}, {"WORLD_SIZE", "8"},
    {"RANK", "5"},         {"LOCAL_RANK", "1"},      {"LOCAL_WORLD_SIZE", "4"},
    {"GROUP_RANK", "1"},   {"ROLE_RANK", "5"},       {"TORCHELASTIC_RUN_ID", "none"}};
const Environment kMpirun = {
    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "3"},
    {"OMPI_COMM_WORLD_NODE_RANK", "1"},  {"OMPI_COMM_WORLD_RANK", "1"},
    {"OMPI_COMM_WORLD_SIZE", "3"},       {"OMPI_UNIVERSE_SIZE", "2"},
    {"PMIX_NAMESPACE", "1169817601"},    {"PMIX_RANK", "1"}};
const Environment kSrun = {{"SLURM_JOB_ID", "1"},
                           {"SLURM_JOB_NODELIST", "n[1-2]"},
                           {"SLURM_LOCALID", "0"},
                           {"SLURM_NNODES", "2"},
                           {"SLURM_NODEID", "1"},
                           {"SLURM_NTASKS", "4"},
                           {"SLURM_PROCID", "2"},
                           {"SLURM_STEP_ID", "0"},
                           {"SLURM_STEP_NODELIST", "n[1-2]"},
                           {"SLURM_STEP_NUM_NODES", "2"},
                           {"SLURM_STEP_NUM_TASKS", "4"},
                           {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"},
                           {"SLURM_TASKS_PER_NODE", "2(x2)"}};
const Environment kPet = {{"PET_NNODES", "2"},
                          {"PET_NPROC_PER_NODE", "4"},
                          {"PET_NODE_RANK", "1"},
                          {"PET_MASTER_ADDR", "job-node-0-0.job"},
                          {"PET_MASTER_PORT", "29500"}};

TEST(Transport, IsSaidOnTopOfAnyContract) {
  EXPECT_EQ(place_in(kMpirun).transport, Transport::kAuto);
  EXPECT_EQ(place_in(with(kMpirun, {{"RADDLE_TRANSPORT", "shm"}})).transport, Transport::kShm);
  EXPECT_EQ(place_in({{"RADDLE_TRANSPORT", "ucx"}}).transport, Transport::kUcx);
  EXPECT_THAT(refusal_of({{"RADDLE_TRANSPORT", "tcp"}}),
              HasSubstr("RADDLE_TRANSPORT is 'tcp', expected auto, shm"));
}

TEST(Place, AloneWithoutALauncher) {
  const Place place = place_in({{"HOME", "/root"}, {"RANK", ""}});
  EXPECT_EQ(place.source, "alone");
  EXPECT_EQ(place.size, 1);
  EXPECT_EQ(place.ranks_to_start, 1);
  EXPECT_THAT(place.contradictions, IsEmpty());
}

TEST(Place, OfOurOwnLauncher) {
  const Place place = place_in({{"RADDLE_RANK", "3"},
                                {"RADDLE_WORLD_SIZE", "4"},
                                {"RADDLE_LOCAL_RANK", "1"},
                                {"RADDLE_LOCAL_SIZE", "2"},
                                {"RADDLE_COORDINATOR", "[::1]:4000"},
                                {"RADDLE_COORDINATOR_FD", "9"},
                                {"RADDLE_JOB_SECRET", "s"}});
  EXPECT_EQ(place.source, "raddle");
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 2);
  EXPECT_EQ(place.node_rank, 1);
  EXPECT_EQ(place.coordinator, "[::1]:4000");
  EXPECT_EQ(place.coordinator_fd, 9);
  EXPECT_EQ(place.secret, "s");
}

TEST(Place, OfTorchrun) {
  Place place = place_in(kTorchrun);
  EXPECT_EQ(place.source, "torchrun");
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 4);
  EXPECT_EQ(place.node_rank, 1);
  EXPECT_EQ(place.coordinator, "w0:29500");
  // Its agent has the port itself.
  place = place_in(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"}}));
  EXPECT_EQ(place.coordinator, "w0:29501");
}

TEST(Place, OfKubeflowTrainerIsThatOfAnAgent) {
  const Place place = place_in(kPet);
  EXPECT_EQ(place.source, "pet");
  EXPECT_EQ(place.ranks_to_start, 4);
  EXPECT_EQ(place.rank, 4);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.node_rank, 1);
  EXPECT_EQ(place.coordinator, "job-node-0-0.job:29500");
  EXPECT_EQ(place_in(with(kPet, {{"PET_NPROC_PER_NODE", "auto"}})).size, 2);
  EXPECT_THAT(refusal_of(with(kPet, {{"PET_NNODES", "1:4"}})), HasSubstr("PET_NNODES is '1:4'"));
}

TEST(Place, OfSrun) {
  const Place place = place_in(kSrun);
  EXPECT_EQ(place.source, "slurm");
  EXPECT_EQ(place.rank, 2);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 0);
  EXPECT_EQ(place.local_size, 2);
  EXPECT_EQ(place.node_rank, 1);
  EXPECT_THAT(place.coordinator, testing::StartsWith("n1:"));
  // The same for every task of the step, and another for the next step.
  EXPECT_EQ(place_in(with(kSrun, {{"SLURM_PROCID", "0"}})).coordinator, place.coordinator);
  EXPECT_NE(place_in(with(kSrun, {{"SLURM_STEP_ID", "1"}})).coordinator, place.coordinator);
  // One node need not be known by name to itself.
  EXPECT_THAT(place_in(with(kSrun, {{"SLURM_STEP_NUM_NODES", "1"},
                                    {"SLURM_STEP_NODELIST", "n1"},
                                    {"SLURM_NODEID", "0"},
                                    {"SLURM_STEP_TASKS_PER_NODE", "4"}}))
                  .coordinator,
              testing::StartsWith("127.0.0.1:"));
}

TEST(Place, OfABatchScriptIsAlone) {
  EXPECT_EQ(place_in({{"SLURM_JOB_ID", "3"},
                      {"SLURM_PROCID", "0"},
                      {"SLURM_NTASKS", "4"},
                      {"SLURM_NODEID", "0"},
                      {"SLURM_LOCALID", "0"},
                      {"SLURM_TASKS_PER_NODE", "4"}})
                .source,
            "alone");
}

TEST(Place, OfMpirun) {
  const Place place = place_in(kMpirun);
  EXPECT_EQ(place.source, "openmpi");
  EXPECT_EQ(place.rank, 1);
  EXPECT_EQ(place.size, 3);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 3);
  EXPECT_EQ(place.node_rank, 0);
  EXPECT_THAT(place.coordinator, testing::StartsWith("127.0.0.1:"));
  // Over several hosts nothing says where rank 0 is.
  EXPECT_EQ(place_in(with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}})).coordinator, "");
}

TEST(Place, OfMpirunInsideOfSlurm) {
  // salloc -N2 mpirun: the step is that of mpirun's daemons, which keep SLURM_PROCID to themselves.
  EXPECT_EQ(place_in(with(kMpirun, {{"SLURM_JOB_ID", "4"},
                                    {"SLURM_STEP_ID", "0"},
                                    {"SLURM_STEP_NODELIST", "n[1-2]"},
                                    {"SLURM_STEP_NUM_TASKS", "2"}}))
                .source,
            "openmpi");
  // Where they hand it on, it is theirs all the same.
  EXPECT_EQ(place_in(with(kSrun, kMpirun)).source, "openmpi");
  // srun --mpi=pmix of one job says the same twice.
  const Place both =
      place_in(with(kSrun, {{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}}));
  EXPECT_EQ(both.source, "slurm");
  EXPECT_THAT(both.contradictions, IsEmpty());
}

TEST(Place, OfPmi) {
  const Place place = place_in(
      {{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"MPI_LOCALNRANKS", "2"}, {"MPI_LOCALRANKID", "1"}});
  EXPECT_EQ(place.source, "pmi");
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.node_rank, 1);
}

TEST(Place, OfALeaderWorkerSet) {
  const Place place = place_in(
      {{"LWS_LEADER_ADDRESS", "lws-0.lws"}, {"LWS_GROUP_SIZE", "3"}, {"LWS_WORKER_INDEX", "2"}});
  EXPECT_EQ(place.source, "leader_worker_set");
  EXPECT_EQ(place.rank, 2);
  EXPECT_EQ(place.coordinator, "lws-0.lws:29411");
}

TEST(Place, OfAnIndexedJobNeedsASize) {
  const Place guess = place_in({{"JOB_COMPLETION_INDEX", "1"}});
  EXPECT_EQ(guess.source, "alone");
  EXPECT_THAT(guess.contradictions, ElementsAre(HasSubstr("set RADDLE_WORLD_SIZE")));
  const Place place = place_in({{"JOB_COMPLETION_INDEX", "1"},
                                {"RADDLE_WORLD_SIZE", "4"},
                                {"RADDLE_COORDINATOR", "job-0.job:4000"}});
  EXPECT_EQ(place.source, "indexed_job");
  EXPECT_EQ(place.rank, 1);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.coordinator, "job-0.job:4000");
}

TEST(Place, RankWithoutLocalRankIsOfANode) {
  const Place place = place_in(
      {{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "m"}, {"MASTER_PORT", "23456"}});
  EXPECT_EQ(place.source, "node_ranks");
  EXPECT_EQ(place.rank, 1);
  EXPECT_EQ(place.node_rank, 1);
  EXPECT_EQ(place.coordinator, "m:23456");
}

TEST(Place, ContradictionsAreTold) {
  Place place = place_in(with(kTorchrun, kMpirun));
  EXPECT_EQ(place.source, "torchrun");
  EXPECT_THAT(place.contradictions,
              ElementsAre("openmpi says rank 1 of 3, torchrun says rank 5 of 8; torchrun counts"));
  place = place_in(
      with(kTorchrun,
           {{"RADDLE_RANK", "0"}, {"RADDLE_WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_RANK", "7"}}));
  EXPECT_EQ(place.source, "raddle");
  EXPECT_THAT(place.contradictions, SizeIs(2));
  EXPECT_THAT(place.contradictions[1], HasSubstr("OMPI_COMM_WORLD_SIZE is not set"));
  place = place_in(with(kTorchrun, {{"RADDLE_COORDINATOR", "other:1"}}));
  EXPECT_EQ(place.coordinator, "other:1");
  EXPECT_THAT(place.contradictions, ElementsAre(HasSubstr("would have said w0:29500")));
}

TEST(Place, WhatCannotBeIsRefusedByName) {
  EXPECT_THAT(refusal_of(with(kTorchrun, {{"RANK", "8"}})),
              HasSubstr("RANK is 8, but WORLD_SIZE is 8"));
  EXPECT_THAT(refusal_of(with(kTorchrun, {{"RANK", "-1"}})), HasSubstr("RANK is '-1'"));
  EXPECT_THAT(refusal_of(with(kTorchrun, {{"WORLD_SIZE", "8x"}})), HasSubstr("WORLD_SIZE is '8x'"));
  EXPECT_THAT(refusal_of(with(kTorchrun, {{"MASTER_PORT", "65535"}})), HasSubstr("MASTER_PORT"));
  EXPECT_THAT(refusal_of({{"RADDLE_RANK", "0"}}), HasSubstr("RADDLE_WORLD_SIZE is not set"));
  EXPECT_THAT(
      refusal_of({{"RADDLE_RANK", "0"}, {"RADDLE_WORLD_SIZE", "2"}, {"RADDLE_LOCAL_SIZE", "3"}}),
      HasSubstr("RADDLE_LOCAL_SIZE is '3', expected 1 to 2"));
  for (const char* bad : {"host", ":1", "host:"}) {
    EXPECT_THAT(refusal_of({{"RADDLE_COORDINATOR", bad}}), HasSubstr("expected host:port"));
  }
  EXPECT_THAT(refusal_of({{"RADDLE_COORDINATOR_FD", "2"}}), HasSubstr("RADDLE_COORDINATOR_FD"));
  EXPECT_THAT(refusal_of(with(kSrun, {{"SLURM_STEP_TASKS_PER_NODE", "2"}})),
              HasSubstr("how many tasks node 1 has"));
}

TEST(Place, TheFirstOfTwoVariablesCounts) {
  const char* const entries[] = {"A=1", "B", "=C", "A=2", "D=x=y"};
  const Environment environment = environment_from(entries);
  EXPECT_EQ(environment.size(), 2u);
  EXPECT_EQ(environment.at("A"), "1");
  EXPECT_EQ(environment.at("D"), "x=y");
}

}  // namespace
}  // namespace raddle::launch
