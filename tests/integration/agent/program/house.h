// SPDX-License-Identifier: Apache-2.0
//
// An agent in a process of its own, over a model hypervisor and real disks, and a controller that says exactly what a
// test wants it to, over real ZeroMQ and CURVE. Nothing sleeps for a guess: until() lets the controller work until
// what is waited for is there.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/state/directory.h"
#include "protocol/message/envelope.h"
#include "protocol/transport/server.h"
#include "tests/simulation/model_hypervisor.h"

namespace berth::program {

class House : public ::testing::Test {
protected:
  House();
  ~House() override;

  // ---- the agent
  /// Starts it; with a failpoint it kills itself there.
  void startAgent(const std::string& failpoint = "");
  void signalAgent(int signal);
  /// Waits for its end; what it exited with, or the negative of the signal that ended it.
  int endOfAgent();
  [[nodiscard]] bool agentRuns();
  /// What it has logged so far.
  [[nodiscard]] std::string agentLog() const;
  /// In kB, from /proc.
  [[nodiscard]] long residentKilobytes() const;

  // ---- the controller
  void openController();
  void closeController() { server.reset(); }
  /// Wanted and condemned nodes by incarnation, as a new generation; sent now and after each hello.
  void order(const std::map<std::string, unsigned>& wanted, const std::map<std::string, unsigned>& condemned = {});
  void say(const message::ToAgent& body, std::uint64_t correlation = 0);
  /// Serves until `condition` holds; fails the test when it does not within half a minute.
  void until(const std::string& what, const std::function<bool()>& condition);
  void serve();

  [[nodiscard]] message::InstanceId instance(const std::string& node, unsigned incarnation) const;
  [[nodiscard]] std::optional<message::Phase> phase(const std::string& node, unsigned incarnation = 1) const;
  [[nodiscard]] std::vector<hypervisor::Domain> domains() const;
  [[nodiscard]] bool runs(const std::string& node, unsigned incarnation = 1) const;
  [[nodiscard]] std::size_t instanceDirectories() const;
  /// What the agent has said of its volumes; empty until it has.
  std::optional<std::vector<message::VolumeStatus>> toldVolumes;
  std::vector<message::VolumeOrder> toldCarriedOut;

  std::filesystem::path root;
  std::filesystem::path state;
  std::filesystem::path model;
  identity::KeyPair controllerKey = identity::KeyPair::generate();
  identity::PublicKey agentKey;
  Uuid fleet = Uuid::random();
  Epoch epoch{1};
  message::Manifest manifest;
  /// What the next order asks of each node.
  Bytes memory = 64_MiB;
  std::vector<message::Volume> volumes;
  std::vector<message::Artifact> artifacts;
  /// What every next order says to delete.
  std::vector<message::VolumeOrder> volumeOrders;
  /// And which root disks of instances that are gone it keeps.
  std::vector<message::Manifest::RetiredDisk> retiredDisks;
  /// Of the model's, for the agent's volumes; empty: none.
  std::string pool;
  bool withholdSpecs = false;
  bool mute = false;

  // What was heard.
  std::map<Uuid, message::InstanceStatus> told;
  std::vector<message::HostEvent> events;
  std::vector<std::string> conditions;
  std::vector<message::Hello> hellos;
  std::vector<std::pair<std::uint64_t, message::Console>> consoles;
  Generation observed;
  Generation reached;
  unsigned heartbeats = 0;
  unsigned statuses = 0;

private:
  void hear(const message::Message<message::FromAgent>& message);
  void hearStatus(const message::Status& status);

  transport::KeyRing ring_;
  transport::Drops drops_{[](const std::string&) {}};
  std::unique_ptr<transport::Context> context_;
  std::unique_ptr<transport::Server> server;
  std::optional<identity::Endpoint> endpoint_;
  std::optional<transport::RoutingId> peer_;
  std::map<Digest, std::string> specs_;
  message::Image image_;
  Sequence lastStatus_;
  int pid_ = 0;
};

}  // namespace berth::program
