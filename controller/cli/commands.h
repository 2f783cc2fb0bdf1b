// SPDX-License-Identifier: Apache-2.0
//
// Each command as a function: it asks, shows, and says how it ended. perform() is the front door; the others are
// declared together because each is one screen and none has a state of its own.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/arguments.h"
#include "controller/cli/session.h"

namespace berth::cli {

/// From arguments (without the program's name) to the exit status, everything in between included. It is one of
/// ExitCode, but for `butane` and `ignition validate`, which keep that of their models.
[[nodiscard]] int perform(const std::vector<std::string>& arguments, World& world);

ExitCode run(const command::Init& init, Session& session);
ExitCode run(const command::Import& import, Session& session);
ExitCode run(const command::Explain& explain, Session& session);
ExitCode run(const command::Schema& schema, Session& session);
ExitCode run(const command::Fmt& fmt, Session& session);
ExitCode run(const command::Validate& validate, Session& session);
ExitCode run(const command::Render& render, Session& session);
ExitCode run(const command::Diff& diff, Session& session);
ExitCode run(const command::Plan& plan, Session& session);
ExitCode run(const command::Apply& apply, Session& session);
ExitCode run(const command::Destroy& destroy, Session& session);
ExitCode run(const command::Simulate& simulate, Session& session);
ExitCode run(const command::Rebalance& rebalance, Session& session);
ExitCode run(const command::Get& get, Session& session);
ExitCode run(const command::DescribeHost& describe, Session& session);
ExitCode run(const command::DescribeNode& describe, Session& session);
ExitCode run(const command::DescribeCluster& describe, Session& session);
ExitCode run(const command::RolloutStatus& status, Session& session);
ExitCode run(const command::SteerRollout& steer, Session& session);
ExitCode run(const command::Undo& undo, Session& session);
ExitCode run(const command::Retry& retry, Session& session);
ExitCode run(const command::Replace& replace, Session& session);
ExitCode run(const command::SetPower& set, Session& session);
ExitCode run(const command::SetDuty& set, Session& session);
ExitCode run(const command::Drain& drain, Session& session);
ExitCode run(const command::VolumeDelete& remove, Session& session);
ExitCode run(const command::VolumeSnapshot& take, Session& session);
ExitCode run(const command::VolumeRestore& restore, Session& session);
ExitCode run(const command::SecretList& list, Session& session);
ExitCode run(const command::SecretGet& get, Session& session);
ExitCode run(const command::SecretSet& set, Session& session);
ExitCode run(const command::SecretRotate& rotate, Session& session);
ExitCode run(const command::SecretDelete& remove, Session& session);
ExitCode run(const command::StackEnv& env, Session& session);
ExitCode run(const command::StackStatus& status, Session& session);
ExitCode run(const command::LockRelease& release, Session& session);
ExitCode run(const command::Logs& logs, Session& session);
ExitCode run(const command::HostToken& token, Session& session);
ExitCode run(const command::HostRemove& remove, Session& session);
ExitCode run(const command::UserAdd& add, Session& session);
ExitCode run(const command::UserList& list, Session& session);
ExitCode run(const command::UserRemove& remove, Session& session);
ExitCode run(const command::ContextList& list, Session& session);
ExitCode run(const command::ContextShow& show, Session& session);
ExitCode run(const command::ContextUse& use, Session& session);
ExitCode run(const command::Version& version, Session& session);
ExitCode run(const command::Completion& completion, Session& session);

}  // namespace berth::cli
