// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/backup.h"

#include <filesystem>
#include <sstream>
#include <thread>

#include <pugixml.hpp>

#include "agent/hypervisor/handles.h"

namespace berth::hypervisor {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 100ms;
constexpr int kGuestAgentSeconds = 10;

/// The end of the last job, as libvirt remembers it.
std::optional<std::string> outcomeOf(virDomain* domain) {
  int type = VIR_DOMAIN_JOB_NONE;
  virTypedParameterPtr params = nullptr;
  int count = 0;
  if (virDomainGetJobStats(domain, &type, &params, &count, VIR_DOMAIN_JOB_STATS_COMPLETED) != 0) return lastReason();
  const char* message = nullptr;
  (void)virTypedParamsGetString(params, count, VIR_DOMAIN_JOB_ERRMSG, &message);
  std::string reason = message != nullptr ? message : "it was ended before it was complete";
  virTypedParamsFree(params, count);
  if (type == VIR_DOMAIN_JOB_COMPLETED) return std::nullopt;
  return reason;
}

/// A job of ours that an agent began which is gone: nobody waits for it, and its target is rubbish.
std::optional<std::string> endFormer(virDomain* domain, const std::string& target) {
  const Handle<char> xml(virDomainBackupGetXMLDesc(domain, 0));
  if (!xml) return std::nullopt;
  if (std::string_view(xml.get()).find("'" + target + "'") == std::string_view::npos)
    return "a backup that is not Berth's is under way";
  if (virDomainAbortJob(domain) != 0) return lastReason();
  for (auto left = 100; left > 0; --left) {
    const Handle<char> still(virDomainBackupGetXMLDesc(domain, 0));
    if (!still) return std::nullopt;
    std::this_thread::sleep_for(kPoll);
  }
  return "a former copy does not end";
}

/// Begins it with the guest's filesystems at rest, where its agent can do that; why it cannot begin, or nothing.
std::optional<std::string> begin(virDomain* domain, const std::string& xml) {
  // An agent in a guest may hang, or mean ill.
  (void)virDomainAgentSetResponseTimeout(domain, kGuestAgentSeconds, 0);
  const bool frozen = virDomainFSFreeze(domain, nullptr, 0, 0) >= 0;
  const bool begun = virDomainBackupBegin(domain, xml.c_str(), nullptr, VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL) == 0;
  const auto why = begun ? std::string() : lastReason();
  const bool thawed = !frozen || virDomainFSThaw(domain, nullptr, 0, 0) >= 0;
  if (!thawed) return "the guest's filesystems were frozen for it, and its agent does not thaw them: " + lastReason();
  return begun ? std::nullopt : std::optional(why);
}

}  // namespace

std::optional<std::string> targetOf(std::string_view xml, std::string_view file) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal)) return std::nullopt;
  for (const pugi::xml_node disk : document.child("domain").child("devices").children("disk"))
    if (const pugi::xml_node source = disk.child("source");
        file == source.attribute("file").value() || file == source.attribute("dev").value())
      return disk.child("target").attribute("dev").value();
  return std::nullopt;
}

std::string backupXml(std::string_view domainXml, const std::string& disk, const std::string& target, Medium medium) {
  pugi::xml_document domain;
  (void)domain.load_buffer(domainXml.data(), domainXml.size(), pugi::parse_minimal);
  pugi::xml_document wanted;
  pugi::xml_node backup = wanted.append_child("domainbackup");
  backup.append_attribute("mode") = "push";
  pugi::xml_node disks = backup.append_child("disks");
  for (const pugi::xml_node each : domain.child("domain").child("devices").children("disk")) {
    const std::string name = each.child("target").attribute("dev").value();
    pugi::xml_node one = disks.append_child("disk");
    one.append_attribute("name") = name.c_str();
    one.append_attribute("backup") = name == disk ? "yes" : "no";
    if (name != disk) continue;
    one.append_attribute("type") = medium == Medium::device ? "block" : "file";
    one.append_child("driver").append_attribute("type") = "qcow2";
    one.append_child("target").append_attribute(medium == Medium::device ? "dev" : "file") = target.c_str();
  }
  std::ostringstream text;
  wanted.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

std::optional<std::string> copyUnderGuest(virDomain* domain, const std::string& disk, const std::string& target,
                                          const std::stop_token& stop) {
  if (auto failed = endFormer(domain, target)) return failed;
  const Handle<char> xml(virDomainGetXMLDesc(domain, 0));
  if (!xml) return lastReason();
  std::error_code ignored;
  const Medium medium = std::filesystem::is_block_file(target, ignored) ? Medium::device : Medium::file;
  if (auto failed = begin(domain, backupXml(xml.get(), disk, target, medium))) {
    (void)virDomainAbortJob(domain);
    return failed;
  }
  auto advanced = std::chrono::steady_clock::now();
  unsigned long long before = 0;
  while (true) {
    virDomainJobInfo info{};
    if (virDomainGetJobInfo(domain, &info) != 0) return lastReason();
    if (info.type == VIR_DOMAIN_JOB_NONE) return outcomeOf(domain);
    const auto now = std::chrono::steady_clock::now();
    if (info.dataProcessed != before) {
      before = info.dataProcessed;
      advanced = now;
    }
    const bool hangs = now - advanced > kBackupHangs;
    if (hangs || stop.stop_requested()) {
      (void)virDomainAbortJob(domain);
      return hangs ? "it does not advance" : "the agent ends";
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace berth::hypervisor
