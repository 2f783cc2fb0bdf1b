// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/transitions.h"

#include <algorithm>
#include <array>

namespace berth::rollout {

namespace {

using message::Action;
using message::ChangeState;

constexpr std::array kTransitions{
    Transition{Action::create, ChangeState::waiting, ChangeState::starting, "its wave has come and its host is heard"},
    Transition{Action::create, ChangeState::starting, ChangeState::done, "ready for min_healthy_time"},
    Transition{Action::create, ChangeState::starting, ChangeState::failed, "failed, or not ready in time"},
    Transition{Action::replace, ChangeState::waiting, ChangeState::stopping,
               "its wave has come, and no more nodes are down than may be"},
    Transition{Action::replace, ChangeState::stopping, ChangeState::starting, "the old instance is gone"},
    Transition{Action::replace, ChangeState::stopping, ChangeState::copying,
               "the old instance is gone, and volumes of it are on the host that it left"},
    Transition{Action::replace, ChangeState::stopping, ChangeState::failed, "not gone in time"},
    Transition{Action::replace, ChangeState::copying, ChangeState::starting, "its volumes have come, whole"},
    Transition{Action::replace, ChangeState::copying, ChangeState::failed, "they did not get on for too long"},
    Transition{Action::replace, ChangeState::starting, ChangeState::done, "ready for min_healthy_time"},
    Transition{Action::replace, ChangeState::starting, ChangeState::failed, "failed, or not ready in time"},
    Transition{Action::restart, ChangeState::waiting, ChangeState::stopping,
               "its wave has come, and its pool can spare it"},
    Transition{Action::restart, ChangeState::stopping, ChangeState::starting, "it is off"},
    Transition{Action::restart, ChangeState::stopping, ChangeState::failed, "not off in time"},
    Transition{Action::restart, ChangeState::starting, ChangeState::done, "ready for min_healthy_time"},
    Transition{Action::restart, ChangeState::starting, ChangeState::failed, "failed, or not ready in time"},
    Transition{Action::destroy, ChangeState::waiting, ChangeState::stopping,
               "its wave has come, and no more nodes are down than may be"},
    Transition{Action::destroy, ChangeState::stopping, ChangeState::done, "the instance is gone"},
    Transition{Action::destroy, ChangeState::stopping, ChangeState::failed, "not gone in time"},
};

}  // namespace

std::span<const Transition> transitions() { return kTransitions; }

bool isLegal(Action action, ChangeState from, ChangeState to) {
  return std::ranges::any_of(kTransitions, [&](const Transition& each) {
    return each.action == action && each.from == from && each.to == to;
  });
}

bool isInFlight(ChangeState state) {
  return state == ChangeState::stopping || state == ChangeState::copying || state == ChangeState::starting;
}

}  // namespace berth::rollout
