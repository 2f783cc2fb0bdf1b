// SPDX-License-Identifier: Apache-2.0
//
// Guests that update their operating system by themselves, as Zincati does: they ask before they reboot, and ask again
// until they may; their requests and the answers get lost; they crash while they may, and some do not come up again.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tests/simulation/controller_shell.h"
#include "tests/simulation/host.h"

namespace berth::simulation {

class Updaters {
public:
  Updaters(ControllerShell& controller, Ground& ground, const std::vector<std::unique_ptr<Host>>& hosts,
           const Dice& dice);

  void begin();
  /// There is a new release, and some of the nodes want it.
  void release(std::uint64_t dice);
  /// Nobody wants it any more; who may reboot still does.
  void settle();

private:
  struct Client {
    NodeName node;
    std::uint32_t host = 0;
    enum class State : std::uint8_t {
      wants,
      may,
      back,  ///< has booted, or was started again, and says so until somebody hears
    } state = State::wants;
    /// AgentModel::Guest::boot, as far as it is known here.
    unsigned boot = 0;
    TimePoint next;
  };

  void tick();
  /// False when there is no such guest any more, nor will there be one again.
  [[nodiscard]] bool goOn(const Uuid& instance, Client& client);
  void ask(const Uuid& instance, const Client& client);
  void reboot(const Uuid& instance, Client& client);
  void sayItIsUp(const Uuid& instance, const Client& client);
  /// Comes after a while, or never.
  void answer(std::function<void()> heard);

  ControllerShell& controller_;
  Ground& ground_;
  const std::vector<std::unique_ptr<Host>>& hosts_;
  Dice dice_;
  std::map<Uuid, Client> clients_;
  bool settled_ = false;
};

}  // namespace berth::simulation
