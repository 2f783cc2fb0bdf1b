// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/follow.h"

#include <ostream>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/progress.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;

/// Often enough for a person, and a question of a few hundred bytes.
constexpr auto kInterval = 500ms;
/// A controller restarts within seconds; a longer answer would hide that it has gone.
constexpr auto kPatience = 3s;
/// After this long without an answer following ends: a script must not hang for ever.
constexpr auto kGiveUp = 5min;

class Follower {
public:
  Follower(RolloutId id, Session& session, Connection& connection)
      : id_(id), session_(session), world_(session.world()), connection_(connection) {}

  ExitCode follow() {
    connection_.heedInterrupts();
    while (true) {
      auto answer = expect<message::reply::Rollout>(connection_.ask(message::request::GetRollout{id_, {}}, kPatience));
      if (connection_.interrupted()) return detached();
      if (const Trouble* trouble = troubleOf(answer)) {
        if (trouble->kind != Trouble::Kind::unreachable) return session_.fail(*trouble);
        if (lostFor() > kGiveUp) return gaveUp(*trouble);
      } else {
        found();
        const auto& rollout = std::get<message::reply::Rollout>(answer);
        show(rollout);
        if (show::isOver(rollout.rollout.state)) return ended(rollout);
      }
      // Nobody reads any more.
      if (!world_.isRead()) return ExitCode::ok;
      connection_.pause(kInterval);
      if (connection_.interrupted()) return detached();
    }
  }

private:
  [[nodiscard]] bool paints() const { return world_.outIs == IsTerminal::yes && !session_.globals().quiet; }

  void say(const std::string& line) {
    // What is said stays above the block, which is painted anew below it.
    if (paints()) world_.out << show::repaint(painted_, {}, world_.screen());
    painted_.clear();
    world_.out << line << "\n" << std::flush;
  }

  /// How long nobody has answered; says so the first time.
  std::chrono::nanoseconds lostFor() {
    const TimePoint now = world_.clock.now();
    if (!lostSince_) {
      lostSince_ = now;
      if (!session_.globals().quiet) say("The controller does not answer; the rollout goes on. Trying again …");
    }
    return now - *lostSince_;
  }

  void found() {
    if (!lostSince_) return;
    if (!session_.globals().quiet) {
      const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(world_.clock.now() - *lostSince_);
      say("The controller answers again, after " + show::duration(span) + ".");
    }
    lostSince_.reset();
  }

  void show(const message::reply::Rollout& rollout) {
    if (session_.globals().quiet) return;
    const WallTime now = world_.clock.wall();
    if (!paints()) {
      for (const std::string& line : steps_.news(rollout, now)) world_.out << line << "\n";
      world_.out.flush();
      return;
    }
    const show::Screen screen = world_.screen();
    auto lines = show::progressLines(rollout, now, world_.outStyle, screen);
    world_.out << show::repaint(painted_, lines, screen) << std::flush;
    painted_ = std::move(lines);
  }

  ExitCode ended(const message::reply::Rollout& rollout) {
    const bool done = rollout.rollout.state == message::RolloutState::done;
    if (done && session_.globals().quiet) return ExitCode::ok;
    auto& stream = done ? world_.out : world_.err;
    const show::Style& style = done ? world_.outStyle : world_.errStyle;
    world_.out.flush();
    stream << show::outcomeText(rollout, world_.clock.wall(), style) << std::flush;
    return done ? ExitCode::ok : ExitCode::error;
  }

  ExitCode detached() {
    session_.advise("\nNot following any more; the rollout goes on. To see it again:\n  berth rollout status " +
                    std::to_string(id_.value()) + " --watch\n");
    return ExitCode::interrupted;
  }

  ExitCode gaveUp(Trouble trouble) {
    trouble.hint = "The rollout may be going on. When the controller is back: berth rollout status " +
                   std::to_string(id_.value()) + " --watch";
    return session_.fail(trouble);
  }

  RolloutId id_;
  Session& session_;
  World& world_;
  Connection& connection_;
  std::vector<std::string> painted_;
  show::Steps steps_;
  std::optional<TimePoint> lostSince_;
};

}  // namespace

ExitCode followRollout(RolloutId id, Session& session) {
  auto connection = session.connection();
  if (const Trouble* trouble = troubleOf(connection)) return session.fail(*trouble);
  return Follower(id, session, *std::get<Connection*>(connection)).follow();
}

}  // namespace berth::cli
