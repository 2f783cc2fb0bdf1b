// SPDX-License-Identifier: Apache-2.0
//
// The walk: every object is checked before what is in it, in the order of the schema.
#include "planner/ignition/validate.h"

#include <unordered_set>

#include "planner/ignition/check.h"
#include "planner/ignition/keys.h"

namespace berth::ignition {
namespace {

void checkObject(Checker& checker, const Place& place) {
  switch (place.value.shape().id) {
    case ShapeId::config: return checkUnitPaths(checker, place);
    case ShapeId::certificate:
    case ShapeId::configReference: return checkConfigReference(checker, place);
    case ShapeId::resource: return checkResource(checker, place);
    case ShapeId::verification: return checkVerification(checker, place);
    case ShapeId::httpHeader: return checkHttpHeader(checker, place);
    case ShapeId::proxy: return checkProxy(checker, place);
    case ShapeId::owner: return checkOwner(checker, place);
    case ShapeId::storage: return checkStorage(checker, place);
    case ShapeId::directory: return checkDirectory(checker, place);
    case ShapeId::file: return checkFile(checker, place);
    case ShapeId::link: return checkLink(checker, place);
    case ShapeId::disk: return checkDisk(checker, place);
    case ShapeId::partition: return checkPartition(checker, place);
    case ShapeId::raid: return checkRaid(checker, place);
    case ShapeId::filesystem: return checkFilesystem(checker, place);
    case ShapeId::luks: return checkLuks(checker, place);
    case ShapeId::clevis: return checkClevis(checker, place);
    case ShapeId::clevisCustom: return checkClevisCustom(checker, place);
    case ShapeId::tang: return checkTang(checker, place);
    case ShapeId::systemd: return checkTemplates(checker, place);
    case ShapeId::unit: return checkUnit(checker, place);
    case ShapeId::dropin: return checkDropin(checker, place);
    case ShapeId::ignition:
    case ShapeId::ignitionConfig:
    case ShapeId::security:
    case ShapeId::tls:
    case ShapeId::timeouts:
    case ShapeId::kernelArguments:
    case ShapeId::passwd:
    case ShapeId::passwdGroup:
    case ShapeId::passwdUser:
    case ShapeId::cex:
    // Butane's own are gone before a config is checked.
    case ShapeId::tree:
    case ShapeId::quadlet:
    case ShapeId::bootDevice:
    case ShapeId::bootDeviceLuks:
    case ShapeId::bootDeviceMirror:
    case ShapeId::grub:
    case ShapeId::grubUser: return;
  }
}

void walk(Checker& checker, const Place& place) {
  if (place.value.kind() == Value::Kind::list) {
    for (std::size_t i = 0; i < place.value.items().size(); ++i) {
      walk(checker, {place.value.items()[i], &place, place.field, i, true});
    }
    return;
  }
  if (place.value.kind() != Value::Kind::object) return;
  checkObject(checker, place);
  for (const Value::Member& each : place.value.members()) walk(checker, {each.value, &place, each.field});
}

/// Lists whose entries share their keys are looked through together, in the order of the schema.
class Duplicates {
public:
  explicit Duplicates(Checker& checker) : checker_(checker) {}

  void walk(const Place& object) {
    std::unordered_set<std::string> shared;
    bool sharesAll = object.value.shape().id == ShapeId::kernelArguments;
    for (const Value::Member& each : object.value.members()) {
      Place member{each.value, &object, each.field};
      if (each.value.kind() == Value::Kind::object) walk(member);
      if (each.value.kind() != Value::Kind::list) continue;
      bool sharesPath = each.field->shape != nullptr && each.field->shape->key == Key::path;
      std::unordered_set<std::string> own;
      if (each.field->joining == Joining::united) look(member, sharesAll || sharesPath ? shared : own);
      for (std::size_t i = 0; i < each.value.items().size(); ++i) {
        Place element{each.value.items()[i], &member, each.field, i, true};
        if (element.value.kind() == Value::Kind::object) walk(element);
      }
    }
  }

private:
  void look(const Place& list, std::unordered_set<std::string>& seen) {
    for (std::size_t i = 0; i < list.value.items().size(); ++i) {
      const Value& each = list.value.items()[i];
      if (!seen.insert(keyOf(each)).second)
        checker_.error({each, &list, list.field, i, true}, "duplicate entry defined");
    }
  }

  Checker& checker_;
};

}  // namespace

Findings checkValues(const Config& config, Naming naming, Rules rules) {
  Checker checker(config, naming, rules);
  walk(checker, {config.root()});
  return checker.take();
}

Findings checkDuplicates(const Config& config, Naming naming) {
  Checker checker(config, naming, Rules::latest);
  Duplicates(checker).walk({config.root()});
  return checker.take();
}

Findings validate(const Config& config, Naming naming, Rules rules) {
  Findings findings = checkValues(config, naming, rules);
  Findings duplicates = checkDuplicates(config, naming);
  findings.insert(findings.end(), duplicates.begin(), duplicates.end());
  return findings;
}

std::string Checker::nameOf(const Shape& shape, std::string_view field) const {
  const Field* known = shape.field(field);
  if (known == nullptr) return std::string(field);
  return std::string(naming_ == Naming::butane ? known->yaml : known->name);
}

std::string Checker::wayTo(const Place& place) const {
  if (place.parent == nullptr) return "$";
  std::string way = wayTo(*place.parent);
  if (place.isElement) return way + "." + std::to_string(place.index);
  return way + "." + std::string(naming_ == Naming::butane ? place.field->yaml : place.field->name);
}

void Checker::report(const Place& place, source::Severity severity, std::string message) {
  const Origin& origin = place.value.origin();
  findings_.push_back({severity, origin.path.empty() ? wayTo(place) : origin.path, origin.mark, std::move(message)});
}

void Checker::report(const Place& place, std::string_view field, source::Severity severity, std::string message) {
  if (const Value* member = place.value.find(field)) {
    return report(Place{*member, &place, place.value.shape().field(field)}, severity, std::move(message));
  }
  findings_.push_back({severity, wayTo(place) + "." + nameOf(place.value.shape(), field), place.value.origin().mark,
                       std::move(message)});
}

}  // namespace berth::ignition
