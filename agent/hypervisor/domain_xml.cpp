// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/domain_xml.h"

#include <sstream>

#include <pugixml.hpp>

#include "agent/hypervisor/mark.h"

namespace berth::hypervisor {
namespace {

using Node = pugi::xml_node;
using Attributes = std::initializer_list<std::pair<const char*, std::string>>;

Node add(Node parent, const char* name, Attributes attributes = {}) {
  Node node = parent.append_child(name);
  for (const auto& [key, value] : attributes) node.append_attribute(key).set_value(value.c_str());
  return node;
}

void addText(Node parent, const char* name, const std::string& text, Attributes attributes = {}) {
  add(parent, name, attributes).text().set(text.c_str());
}

const char* toString(DiskCacheMode mode) {
  switch (mode) {
    case DiskCacheMode::none: return "none";
    case DiskCacheMode::writeback: return "writeback";
    case DiskCacheMode::unsafe: return "unsafe";
  }
  return "none";
}

void addMark(Node domain, const Mark& mark, const std::string& shape) {
  const std::string prefix = kMarkPrefix;
  Node element = add(add(domain, "metadata"), (prefix + ":" + kMarkElement).c_str(),
                     {{("xmlns:" + prefix).c_str(), kMarkNamespace},
                      {"fleet", mark.fleet.str()},
                      {"cluster", mark.cluster.str()},
                      {"node", mark.instance.node.str()},
                      {"uuid", mark.instance.uuid.str()},
                      {"generation", std::to_string(mark.generation.value())},
                      {"spec", mark.spec.hex()}});
  if (mark.machine) element.append_attribute("machine").set_value(mark.machine->hex().c_str());
  if (mark.withoutConfig) element.append_attribute("config").set_value(kForgotten);
  element.append_attribute("shape").set_value(shape.c_str());
}

void addMachine(Node domain, Acceleration acceleration) {
  Node os = add(domain, "os");
  addText(os, "type", "hvm", {{"arch", "x86_64"}, {"machine", "q35"}});
  add(os, "boot", {{"dev", "hd"}});
  Node features = add(domain, "features");
  add(features, "acpi");
  add(features, "apic");
  // Emulated, QEMU's default processor is the one that it emulates best.
  if (acceleration == Acceleration::kvm) add(domain, "cpu", {{"mode", "host-passthrough"}, {"migratable", "on"}});
  Node clock = add(domain, "clock", {{"offset", "utc"}});
  add(clock, "timer", {{"name", "rtc"}, {"tickpolicy", "catchup"}});
  add(clock, "timer", {{"name", "pit"}, {"tickpolicy", "delay"}});
  add(clock, "timer", {{"name", "hpet"}, {"present", "no"}});  // wakes the host up for nothing
  addText(domain, "on_poweroff", "destroy");
  addText(domain, "on_reboot", "restart");
  addText(domain, "on_crash", "destroy");
}

void addRootDisk(Node devices, const Definition& definition, DiskCacheMode cache) {
  Node disk = add(devices, "disk", {{"type", "file"}, {"device", "disk"}});
  add(disk, "driver", {{"name", "qemu"}, {"type", "qcow2"}, {"cache", toString(cache)}, {"discard", "unmap"}});
  add(disk, "source", {{"file", definition.rootDisk}});
  if (!definition.baseImage.empty()) {
    Node base = add(disk, "backingStore", {{"type", "file"}});
    add(base, "format", {{"type", "qcow2"}});
    Node source = add(base, "source", {{"file", definition.baseImage}});
    add(source, "seclabel", {{"model", "dac"}, {"relabel", "no"}});
    add(base, "backingStore");  // and nothing under it
  }
  add(disk, "target", {{"dev", "vda"}, {"bus", "virtio"}});
}

/// vdb, vdc, … in the order of the spec; who mounts them goes by the serial number.
void addVolume(Node devices, const Disk& volume, std::size_t place, DiskCacheMode cache) {
  const bool isDevice = volume.medium == Medium::device;
  Node disk = add(devices, "disk", {{"type", isDevice ? "block" : "file"}, {"device", "disk"}});
  add(disk, "driver", {{"name", "qemu"}, {"type", "qcow2"}, {"cache", toString(cache)}, {"discard", "unmap"}});
  add(disk, "source", {{isDevice ? "dev" : "file", volume.file}});
  add(disk, "backingStore");
  const char letter = static_cast<char>('b' + place);
  add(disk, "target", {{"dev", std::string("vd") + letter}, {"bus", "virtio"}});
  addText(disk, "serial", volume.name.str());
}

/// Read by all guests of this host that have the same artifacts, so it is kept in the host's memory once. What tells
/// the disks of a guest apart is the serial number: this one is last, so that volumes may come and go before it.
void addArtifacts(Node devices, const std::string& file) {
  Node disk = add(devices, "disk", {{"type", "file"}, {"device", "disk"}});
  add(disk, "driver", {{"name", "qemu"}, {"type", "raw"}, {"cache", toString(DiskCacheMode::writeback)}});
  add(add(disk, "source", {{"file", file}}), "seclabel", {{"model", "dac"}, {"relabel", "no"}});
  add(disk, "backingStore");
  add(disk, "target", {{"dev", "vdz"}, {"bus", "virtio"}});
  add(disk, "readonly");
  add(disk, "shareable");
  addText(disk, "serial", message::kArtifactsSerial);
}

void addNic(Node devices, const message::Nic& nic) {
  using Attachment = message::Nic::Attachment;
  Node interface;
  switch (nic.attachment) {
    case Attachment::bridge:
      interface = add(devices, "interface", {{"type", "bridge"}});
      add(interface, "source", {{"bridge", nic.source}});
      break;
    case Attachment::libvirtNetwork:
      interface = add(devices, "interface", {{"type", "network"}});
      add(interface, "source", {{"network", nic.source}});
      break;
    case Attachment::macvtap:
      interface = add(devices, "interface", {{"type", "direct"}});
      add(interface, "source", {{"dev", nic.source}, {"mode", "bridge"}});
      break;
  }
  add(interface, "mac", {{"address", nic.mac}});
  add(interface, "model", {{"type", "virtio"}});
  // Where libvirt cannot tag (a Linux bridge that does not filter VLANs) it refuses to start the guest, and says so.
  if (nic.vlan != 0) add(add(interface, "vlan"), "tag", {{"id", std::to_string(nic.vlan)}});
  if (nic.mtu != 0) add(interface, "mtu", {{"size", std::to_string(nic.mtu)}});
}

void addConsole(Node devices, const std::string& log) {
  Node serial = add(devices, "serial", {{"type", "pty"}});
  if (!log.empty()) add(serial, "log", {{"file", log}, {"append", "on"}});
  add(serial, "target", {{"type", "isa-serial"}, {"port", "0"}});
}

void addReadinessPort(Node devices) {
  Node channel = add(devices, "channel", {{"type", "unix"}});
  add(channel, "source", {{"mode", "bind"}});
  add(channel, "target", {{"type", "virtio"}, {"name", kReadinessPort}});
}

/// For QEMU's own agent, where the guest has one: it can bring filesystems to rest for a snapshot.
void addGuestAgentPort(Node devices) {
  Node channel = add(devices, "channel", {{"type", "unix"}});
  add(channel, "source", {{"mode", "bind"}});
  add(channel, "target", {{"type", "virtio"}, {"name", "org.qemu.guest_agent.0"}});
}

std::string write(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "  ", pugi::format_indent | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

std::string compose(const Definition& definition, const DomainShape& shape, const std::string& digest) {
  pugi::xml_document document;
  const bool kvm = shape.acceleration == Acceleration::kvm;
  Node domain = add(document.root(), "domain", {{"type", kvm ? "kvm" : "qemu"}});
  addText(domain, "name", definition.mark.instance.node.str());
  addText(domain, "uuid", definition.mark.instance.uuid.str());
  addMark(domain, definition.mark, digest);
  addText(domain, "memory", std::to_string(definition.memory.count() >> 10), {{"unit", "KiB"}});
  addText(domain, "vcpu", std::to_string(definition.vcpus), {{"placement", "static"}});
  if (!definition.ignitionFile.empty()) {
    add(add(domain, "sysinfo", {{"type", "fwcfg"}}), "entry",
        {{"name", "opt/com.coreos/config"}, {"file", definition.ignitionFile}});
  }
  addMachine(domain, shape.acceleration);
  Node devices = add(domain, "devices");
  addRootDisk(devices, definition, shape.cache);
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) addVolume(devices, definition.volumes[i], i, shape.cache);
  if (!definition.artifacts.empty()) addArtifacts(devices, definition.artifacts);
  add(devices, "controller", {{"type", "usb"}, {"model", "none"}});
  for (const message::Nic& nic : definition.nics) addNic(devices, nic);
  addConsole(devices, definition.consoleLog);
  addReadinessPort(devices);
  addGuestAgentPort(devices);
  Node rng = add(devices, "rng", {{"model", "virtio"}});
  addText(rng, "backend", "/dev/urandom", {{"model", "random"}});
  add(devices, "memballoon", {{"model", "virtio"}});
  add(devices, "panic", {{"model", "isa"}});
  return write(document);
}

}  // namespace

Digest shapeOf(const Definition& definition, const DomainShape& shape) {
  return Digest::of(compose(definition, shape, ""));
}

std::string domainXml(const Definition& definition, const DomainShape& shape) {
  return compose(definition, shape, shapeOf(definition, shape).hex());
}

std::string trialXml(const std::string& name) {
  pugi::xml_document document;
  Node domain = add(document.root(), "domain", {{"type", "kvm"}});
  addText(domain, "name", name);
  addText(domain, "memory", "32", {{"unit", "MiB"}});
  addText(domain, "vcpu", "1");
  addMachine(domain, Acceleration::kvm);
  Node devices = add(domain, "devices");
  add(devices, "controller", {{"type", "usb"}, {"model", "none"}});
  add(devices, "memballoon", {{"model", "none"}});
  return write(document);
}

}  // namespace berth::hypervisor
