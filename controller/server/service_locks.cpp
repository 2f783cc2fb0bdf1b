// SPDX-License-Identifier: Apache-2.0
//
// How nodes that ask before they reboot are answered: a thread of the listener reads the request and sees whose it is,
// the loop decides, and the thread says so once the decision is on disk.
#include <chrono>

#include <spdlog/spdlog.h>

#include "controller/server/service.h"
#include "protocol/identity/seal.h"

namespace berth::server {

namespace {

/// The loop answers within milliseconds; a disk that hangs is not worth a thread. The node asks again.
constexpr std::chrono::seconds kLoopTime{10};
constexpr std::chrono::milliseconds kGlance{50};

}  // namespace

std::optional<std::string> Service::openHttp(const HttpDoor& door) {
  lockKey_ = identity::secretFor(ground_.key, "fleet lock");
  auto opened = http::Listener::open(door.listen, [this](const http::Request& request) { return onHttp(request); });
  if (auto* failed = std::get_if<std::string>(&opened)) return std::move(*failed);
  http_ = std::move(std::get<std::unique_ptr<http::Listener>>(opened));
  const std::string url = door.url.empty() ? "http://" + door.host + ":" + std::to_string(http_->port()) : door.url;
  core_->setLockServer(spec::LockServer{url, lockKey_});
  spdlog::info("answers nodes over HTTP at {}", url);
  return std::nullopt;
}

http::Response Service::onHttp(const http::Request& request) {
  auto read = readLockCall(request, lockKey_);
  if (auto* answer = std::get_if<http::Response>(&read)) return std::move(*answer);
  auto asker = std::make_shared<std::promise<http::Response>>();
  auto answer = asker->get_future();
  ground_.loop.post([this, here = std::weak_ptr<int>(here_), call = std::get<LockCall>(std::move(read)), asker] {
    if (!here.expired()) hearLock(call, asker);
  });
  const auto deadline = std::chrono::steady_clock::now() + kLoopTime;
  while (!closing_ && std::chrono::steady_clock::now() < deadline) {
    if (answer.wait_for(kGlance) == std::future_status::ready) return answer.get();
  }
  return refusedLock(503, "busy", "the controller has no time; ask again");
}

void Service::hearLock(const LockCall& call, std::shared_ptr<std::promise<http::Response>> asker) {
  const auto now = moment();
  if (core_->broken()) {
    lockAnswers_.push_back({std::move(asker), refusedLock(503, "store_unavailable", core_->broken()->message)});
  } else {
    lockAnswers_.push_back({std::move(asker), locks_.answer(*core_, call, now)});
  }
  finish(now);
}

}  // namespace berth::server
