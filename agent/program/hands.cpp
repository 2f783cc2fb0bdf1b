// SPDX-License-Identifier: Apache-2.0
#include "agent/program/hands.h"

#include <algorithm>

#include "agent/disks/instance_files.h"
#include "agent/health/probe.h"
#include "agent/hypervisor/console.h"
#include "agent/program/failpoint.h"

namespace berth::program {
namespace {

using reconcile::Failure;
using reconcile::Step;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

// libvirt serves five calls of one connection at a time (max_client_requests); two are as much as a host can use, and
// leave some to people.
constexpr std::size_t kHostThreads = 2;
constexpr std::size_t kQueue = 1024;
/// How much of a console is read at once, to look for trouble.
constexpr std::uint32_t kConsoleBite = 64u << 10;

const Failure kBusy{Failure::Kind::temporary, "this host has too much to do"};

template <class Value>
std::optional<images::Error> errorIn(std::variant<Value, images::Error> fetched) {
  if (auto* error = std::get_if<images::Error>(&fetched)) return std::move(*error);
  return std::nullopt;
}

}  // namespace

Hands::Hands(Tools tools, Tell tell, Measured measured)
    : tools_(std::move(tools)),
      tell_(std::move(tell)),
      measured_(std::move(measured)),
      poolRoom_(tools_.poolRoom.count()),
      host_(tools_.loop, kHostThreads, kQueue),
      disk_(tools_.loop, 1, kQueue),
      fetch_(tools_.loop, 1, kQueue),
      copy_(tools_.loop, 1, kQueue),
      probe_(tools_.loop, 2, kQueue),
      hook_(tools_.loop, 2, kQueue) {}

Hands::~Hands() = default;

Workbench Hands::bench() const {
  return {tools_.hypervisor, tools_.images, tools_.layout, tools_.qemuImg, tools_.volumes, tools_.fleet};
}

Bytes Hands::poolRoom() {
  const auto& pool = tools_.volumes.pool();
  if (!pool) return Bytes();
  const auto room = volumes::roomOf(*pool, tools_.layout.root());
  const auto* measured = std::get_if<Bytes>(&room);
  if (measured != nullptr) poolRoom_ = measured->count();
  return Bytes(poolRoom_);
}

void Hands::run(transport::Workers& workers, std::function<reconcile::Event(const std::stop_token&)> job,
                reconcile::Event otherwise) {
  const auto submitted =
      workers.submit([this, job = std::move(job)](const std::stop_token& stop) -> transport::Loop::Task {
        auto result = job(stop);
        return [this, result = std::move(result)] { tell_(result); };
      });
  if (submitted == transport::Submitted::no)
    tools_.loop.post([this, otherwise = std::move(otherwise)] { tell_(otherwise); });
}

void Hands::perform(const reconcile::Effect& effect) {
  std::visit(
      [this](const auto& what) {
        if constexpr (requires { this->perform(what); }) this->perform(what);
      },
      effect);
}

void Hands::perform(const effect::KeepManifest& keep) {
  run(
      disk_,
      [this, stored = keep.manifest](const std::stop_token&) -> reconcile::Event {
        if (auto error = disks::failure(tools_.state.keepManifest(stored))) return event::ManifestNotKept{error->str()};
        failpoint("manifest.kept");
        return event::ManifestKept{stored.epoch, stored.manifest.generation};
      },
      event::ManifestNotKept{kBusy.reason});
}

void Hands::keepSpecs(const message::Specs& specs, std::vector<Digest> wanted) {
  run(
      disk_,
      [this, specs, wanted = std::move(wanted)](const std::stop_token&) -> reconcile::Event {
        event::SpecsKept kept;
        for (const auto& encoded : specs.encoded) {
          const auto digest = Digest::of(encoded);
          // What was not asked for is not kept: a controller cannot fill this disk.
          if (std::find(wanted.begin(), wanted.end(), digest) == wanted.end()) continue;
          auto decoded = message::decodeSpec(encoded);
          auto* spec = std::get_if<message::NodeSpec>(&decoded);
          if (spec == nullptr || disks::failure(tools_.state.keepSpec(digest, encoded))) continue;
          kept.specs.emplace(digest, std::move(*spec));
        }
        failpoint("specs.kept");
        return kept;
      },
      event::Tick{});
}

void Hands::perform(const effect::ForgetOtherSpecs& forget) {
  run(
      disk_,
      [this, keep = forget.keep](const std::stop_token&) -> reconcile::Event {
        tools_.state.forgetSpecsBut(keep);
        return event::Tick{};
      },
      event::Tick{});
}

void Hands::perform(const effect::LookAtHost& wanted) {
  const auto submitted = host_.submit([this, number = wanted.look](const std::stop_token&) -> transport::Loop::Task {
    // Measured before each look: memory and processors come and go, and nothing is made before both are known.
    auto capacity = tools_.hypervisor.capacity();
    auto* machine = std::get_if<message::Capacity>(&capacity);
    // The hypervisor knows processors and memory; the disk is the one that the instances lie on.
    const auto space = disks::space(tools_.layout);
    const auto* disk = std::get_if<disks::Space>(&space);
    if (machine != nullptr && disk != nullptr) machine->disk = disk->total;
    if (machine != nullptr) machine->volumes = poolRoom();
    const auto free = disk != nullptr ? std::optional(disk->free) : std::nullopt;
    auto seen = machine != nullptr ? look(bench())
                                   : Failure{Failure::Kind::temporary, std::get<hypervisor::Error>(capacity).str()};
    if (auto* failure = std::get_if<Failure>(&seen))
      return [this, number, reason = failure->reason] { tell_(event::LookFailed{number, reason}); };
    return [this, number, machine = *machine, free, kvm = tools_.hypervisor.kvm(),
            host = std::move(std::get<reconcile::HostLook>(seen))] {
      measured_(machine, kvm);
      tell_(event::HostMeasured{machine, free});
      tell_(event::Looked{number, host});
    };
  });
  if (submitted == transport::Submitted::no)
    tools_.loop.post([this, number = wanted.look] { tell_(event::LookFailed{number, kBusy.reason}); });
}

void Hands::perform(const effect::Act& act) {
  const auto uuid = act.instance.uuid;
  run(
      host_,
      [this, act, uuid](const std::stop_token&) -> reconcile::Event {
        const Workbench bench = this->bench();
        Operation done = std::monostate{};
        std::uint64_t consoleEnd = 0;
        switch (act.step) {
          case Step::none:
          case Step::fetchImage: break;
          case Step::create:
          case Step::update:
          case Step::forget: {
            const auto spec = tools_.state.spec(act.spec);
            if (!spec)
              done = Failure{Failure::Kind::temporary, "its spec cannot be read from the state directory"};
            else if (act.step == Step::forget)
              done = forget(bench, act, *spec);
            else
              done = act.step == Step::create ? create(bench, act, *spec) : update(bench, act, *spec);
            break;
          }
          case Step::start: {
            auto started = start(bench, uuid, tools_.state.spec(act.spec));
            if (auto* failure = std::get_if<Failure>(&started))
              done = *failure;
            else
              consoleEnd = std::get<std::uint64_t>(started);
            break;
          }
          case Step::shutdown: done = shutDown(bench, uuid); break;
          case Step::powerOff: done = powerOff(bench, uuid); break;
          case Step::remove: done = remove(bench, act); break;
        }
        if (auto* failure = std::get_if<Failure>(&done)) return event::ActFailed{uuid, act.step, *failure};
        return event::Acted{uuid, act.step, consoleEnd};
      },
      event::ActFailed{uuid, act.step, kBusy});
}

void Hands::perform(const effect::DropRetired& wanted) {
  run(
      host_,
      [this, uuid = wanted.instance](const std::stop_token&) -> reconcile::Event {
        const auto done = dropRetired(bench(), uuid);
        if (const auto* failure = std::get_if<Failure>(&done)) return event::RetiredNotDropped{uuid, *failure};
        return event::RetiredDropped{uuid};
      },
      event::RetiredNotDropped{wanted.instance, kBusy});
}

void Hands::perform(const effect::CarryOut& wanted) {
  // Copies take as long as disks are large.
  const bool copies = wanted.order.verb != message::VolumeOrder::Verb::remove;
  run(
      copies ? copy_ : host_,
      [this, wanted](const std::stop_token& stop) -> reconcile::Event {
        const auto done = carryOut(bench(), wanted, stop);
        if (const auto* failure = std::get_if<Failure>(&done)) return event::NotCarriedOut{wanted.order, *failure};
        return event::CarriedOut{wanted.order};
      },
      event::NotCarriedOut{wanted.order, kBusy});
}

peers::Exchange& Hands::exchange() {
  if (exchange_) return *exchange_;
  const auto inUse = [this](const std::filesystem::path& disk) -> std::optional<std::string> {
    const auto user = tools_.hypervisor.userOf(disk);
    if (const auto* error = std::get_if<hypervisor::Error>(&user)) return error->str();
    const auto& has = std::get<std::optional<hypervisor::User>>(user);
    if (!has) return std::nullopt;
    return "domain " + has->domain + " still has its disk";
  };
  const auto tell = [this](const message::VolumeMove& move, const peers::Exchange::News& news) {
    const auto& pool = tools_.volumes.pool();
    if (pool && std::holds_alternative<peers::Whole>(news)) tools_.hypervisor.refreshStoragePool(pool->name);
    reconcile::Event event = event::VolumeTaken{move};
    if (const auto* progress = std::get_if<peers::Exchange::Progress>(&news))
      event = event::VolumeProgress{move, progress->copied, progress->compared, progress->total};
    if (const auto* failure = std::get_if<peers::Failure>(&news)) {
      const bool permanent = failure->kind == peers::Failure::Kind::permanent;
      event = event::VolumeNotTaken{move,
                                    {permanent ? Failure::Kind::permanent : Failure::Kind::temporary, failure->reason}};
    }
    tools_.loop.post([this, event = std::move(event)] { tell_(event); });
  };
  exchange_ = std::make_unique<peers::Exchange>(
      peers::Exchange::Settings{tools_.key, tools_.volumes, tools_.fleet, inUse, tools_.qemuImg}, tell);
  exchange_->listenAt(peersAt_);
  return *exchange_;
}

void Hands::comeIn(std::optional<identity::Endpoint> at) {
  peersAt_ = std::move(at);
  if (exchange_) exchange_->listenAt(peersAt_);
}

void Hands::perform(const effect::TakeVolume& wanted) { exchange().take(wanted.move); }
void Hands::perform(const effect::LeaveVolume& unwanted) { exchange().leave(unwanted.move); }
void Hands::perform(const effect::GiveVolumes& wanted) { exchange().give(wanted.moves); }

void Hands::fetch(const Digest& id, Fetch fetch) {
  run(
      fetch_,
      [this, id, fetch = std::move(fetch)](const std::stop_token& stop) -> reconcile::Event {
        const auto progressed = [this, id](images::Progress progress) {
          tools_.loop.post([this, id, progress] {
            tell_(event::ImageProgress{id, progress.fetched, progress.expected});
          });
        };
        const auto error = fetch(progressed, stop);
        if (!error) return event::ImageReady{id};
        const bool permanent = error->kind == images::Error::Kind::permanent;
        return event::ImageFailed{id,
                                  {permanent ? Failure::Kind::permanent : Failure::Kind::temporary, error->message}};
      },
      event::ImageFailed{id, kBusy});
}

void Hands::perform(const effect::FetchImage& wanted) {
  fetch(wanted.image.id(), [this, image = wanted.image](const auto& progress, const auto& stop) {
    auto error = errorIn(tools_.images.fetch(image, progress, stop));
    if (!error) failpoint("image.fetched");
    return error;
  });
}

void Hands::perform(const effect::FetchArtifacts& wanted) {
  fetch(message::idOf(wanted.artifacts), [this, artifacts = wanted.artifacts](const auto& progress, const auto& stop) {
    auto error = errorIn(tools_.images.fetchArtifacts(artifacts, progress, stop));
    if (!error) failpoint("artifacts.fetched");
    return error;
  });
}

void Hands::perform(const effect::CollectImages& collect) {
  run(
      disk_,
      [this, used = collect.used](const std::stop_token&) -> reconcile::Event {
        (void)tools_.images.collect(used);
        return event::ImagesCollected{};
      },
      event::ImagesCollected{});
}

void Hands::perform(const effect::Probe& wanted) {
  std::vector<std::optional<std::string>> none(wanted.probes.size(), kBusy.reason);
  run(
      probe_,
      [wanted](const std::stop_token&) -> reconcile::Event {
        event::Probed probed{wanted.instance, {}};
        for (const auto& one : wanted.probes) probed.errors.push_back(health::probe(one));
        return probed;
      },
      event::Probed{wanted.instance, std::move(none)});
}

void Hands::perform(const effect::CallHook& wanted) {
  run(
      hook_,
      [wanted](const std::stop_token&) -> reconcile::Event {
        return event::HookAnswered{wanted.instance, health::call(wanted.hook)};
      },
      event::HookAnswered{wanted.instance, kBusy.reason});
}

void Hands::perform(const effect::ReadConsole& wanted) {
  run(
      disk_,
      [this, wanted](const std::stop_token&) -> reconcile::Event {
        const auto paths = tools_.layout.instance(wanted.instance);
        auto offset = wanted.offset.value_or(0);
        if (!wanted.offset) {
          const auto end = hypervisor::readConsole(paths, UINT64_MAX, 0);
          if (const auto* console = std::get_if<message::Console>(&end);
              console != nullptr && console->end > kConsoleBite)
            offset = console->end - kConsoleBite;
        }
        auto read = hypervisor::readConsole(paths, offset, kConsoleBite);
        const auto* console = std::get_if<message::Console>(&read);
        if (console == nullptr) return event::ConsoleRead{wanted.instance, "", offset};
        (void)hypervisor::trimConsole(paths);
        return event::ConsoleRead{wanted.instance, console->data, console->offset + console->data.size()};
      },
      event::ConsoleRead{wanted.instance, "", wanted.offset.value_or(0)});
}

void Hands::readConsole(const message::ReadConsole& what, const std::function<void(const message::Console&)>& answer) {
  const auto submitted = disk_.submit([this, what, answer](const std::stop_token&) -> transport::Loop::Task {
    const auto limit = std::min(what.limit, hypervisor::kConsoleReadMax);
    auto read = hypervisor::readConsole(tools_.layout.instance(what.instance.uuid), what.offset, limit);
    message::Console console;
    if (const auto* error = std::get_if<disks::Error>(&read))
      console.error = error->str();
    else
      console = std::move(std::get<message::Console>(read));
    return [answer, console = std::move(console)] { answer(console); };
  });
  if (submitted == transport::Submitted::yes) return;
  message::Console busy;
  busy.error = kBusy.reason;
  answer(busy);
}

void Hands::keepTold(state::Told told) {
  // Lost when the queue is full or the disk is: then the next process finds out anew.
  (void)disk_.submit([this, told = std::move(told)](const std::stop_token&) -> transport::Loop::Task {
    (void)tools_.state.keepTold(told);
    return {};
  });
}

}  // namespace berth::program
