// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/plant.h"

#include <algorithm>
#include <array>

namespace berth::simulation {
namespace {

constexpr std::array kPlants{
    PlantRow{Plant::none, "none", "", "nothing is planted"},
    PlantRow{Plant::ackBeforeWrite, "ack-before-write", "I3", "operators are answered before the turn is committed"},
    PlantRow{Plant::lostWrite, "lost-write", "I3 I5 I9",
             "a crash of the controller takes its last transaction with it"},
    PlantRow{Plant::startBeforeGone, "start-before-gone", "I1",
             "a manifest names a node whose old instance is not gone"},
    PlantRow{Plant::skipTombstone, "skip-tombstone", "I6", "manifests are sent without their tombstones"},
    PlantRow{Plant::ignoreMaxParallel, "ignore-max-parallel", "I4",
             "a rollout takes as many nodes at once as it likes"},
    PlantRow{Plant::standInLate, "stand-in-late", "I4",
             "nodes that stand in for others are made after these have been changed"},
    PlantRow{Plant::overPromise, "over-promise", "I10",
             "the planner is told that hosts have four times what they have"},
    PlantRow{Plant::sameEpoch, "same-epoch", "I5", "a controller that starts does not raise the epoch"},
    PlantRow{Plant::forgetRollout, "forget-rollout", "I3", "a controller that starts does not take up its rollouts"},
    PlantRow{Plant::reuseIncarnation, "reuse-incarnation", "I9",
             "a controller that starts has forgotten which incarnations there were"},
    PlantRow{Plant::forgetEpoch, "forget-epoch", "I5", "agents obey every epoch"},
    PlantRow{Plant::forgetManifest, "forget-manifest", "I5 I11", "agents act on manifests that are not on their disks"},
    PlantRow{Plant::goneTooEarly, "gone-too-early", "I1", "agents say that an instance is gone while it stops"},
    PlantRow{Plant::leaveRunning, "leave-running", "I1",
             "the hypervisor removes a domain and leaves its guest running"},
    PlantRow{Plant::loseVolume, "lose-volume", "I2", "removing an instance removes its volumes"},
    PlantRow{Plant::reformatVolume, "reformat-volume", "I2", "making an instance formats its volumes anew"},
    PlantRow{Plant::noRestart, "no-restart", "I6 I7", "guests that went down by themselves are not started again"},
    PlantRow{Plant::restartForEver, "restart-for-ever", "I7",
             "the hypervisor starts again what crashed, without an end"},
    PlantRow{Plant::ignoreDrift, "ignore-drift", "I7",
             "agents put back what somebody stopped by hand, whatever its spec says"},
    PlantRow{Plant::ignoreReportFully, "ignore-report-fully", "I6", "agents never repeat a status that was lost"},
    PlantRow{Plant::skipFence, "skip-fence", "I1", "hosts that are cut off let everything run on"},
    PlantRow{Plant::slowFence, "slow-fence", "I1",
             "hosts that are cut off take twice the grace to switch off what is lent"},
    PlantRow{Plant::deleteNamedWrong, "delete-named-wrong", "I2",
             "a host that is to delete a volume deletes another one of its volumes"},
    PlantRow{Plant::startUncompared, "start-uncompared", "I2",
             "a host takes a volume for whole that has only begun to come from another one"},
    PlantRow{Plant::deleteMovedEarly, "delete-moved-early", "I2",
             "what a volume left behind is deleted before its node is ready with it"},
    PlantRow{
        Plant::deleteMovedByName, "delete-moved-by-name", "I2",
        "a person who names what a volume left behind is not refused while its node has not been up with the copy"},
    PlantRow{Plant::ignoreBudget, "ignore-budget", "I4",
             "the controller does not know of the fleet's disruption budget"},
    PlantRow{Plant::reviveAnew, "revive-anew", "I9",
             "a node that goes back gets a new root disk, though its old one was kept"},
    PlantRow{Plant::keepForEver, "keep-for-ever", "I6", "root disks that were kept are said to be deleted and are not"},
    PlantRow{Plant::hoardRetired, "hoard-retired", "I10",
             "hosts keep root disks that no room is left for beside what they are promised to"},
    PlantRow{Plant::removeConfigFirst, "remove-config-first", "I9",
             "a host removes an Ignition config before its domain is defined without one"},
    PlantRow{Plant::lockBeyondBudget, "lock-beyond-budget", "I4",
             "nodes may reboot into a new release of their system whenever they ask"},
    PlantRow{Plant::ignoreStack, "ignore-stack", "I4", "nobody hears what guests say of their stack"},
    PlantRow{Plant::forgetLocks, "forget-locks", "I3 I4",
             "a controller that starts has forgotten which nodes may reboot"},
};

}  // namespace

std::span<const PlantRow> plants() { return kPlants; }

const PlantRow& rowOf(Plant plant) { return *std::ranges::find(kPlants, plant, &PlantRow::plant); }

std::optional<Plant> plantNamed(std::string_view name) {
  const auto found = std::ranges::find(kPlants, name, &PlantRow::name);
  return found == kPlants.end() ? std::nullopt : std::optional(found->plant);
}

}  // namespace berth::simulation
