// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/schema.h"

#include <array>

#include "planner/spec/given.h"
#include "planner/spec/model.h"
#include "planner/spec/stack_schema.h"

namespace berth::spec {
namespace {

using std::string_view;
using Keys = std::array<string_view, 1>;

constexpr auto kRequired = Presence::required;
constexpr auto kOptional = Presence::optional;
constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kTiB = std::int64_t{1} << 40;
constexpr std::int64_t kDay = 86'400;

// ---- values -----------------------------------------------------------------------------------------------------

constexpr Shape kText{.type = Type::text};
constexpr Shape kAny{.type = Type::any};
constexpr Shape kNodeText{.type = Type::text, .varies = Varies::byNode};
constexpr Shape kName{.type = Type::name};
constexpr Shape kBoolean{.type = Type::boolean};
constexpr Shape kDigest{.type = Type::digest};
constexpr Shape kIpv4{.type = Type::ipv4};
constexpr Shape kSubnet{.type = Type::subnet};
constexpr Shape kRange{.type = Type::range};
constexpr Shape kPath{.type = Type::path};
constexpr Shape kPort{.type = Type::integer, .least = 1, .most = 65'535};
constexpr Shape kTags{.type = Type::table, .element = &kNodeText, .key = Type::label, .most = 64};
constexpr Shape kLabels{.type = Type::table, .element = &kText, .key = Type::label, .most = 64};

// ---- variables --------------------------------------------------------------------------------------------------

constexpr std::array kValidationFields{
    Field{"condition", &kText, kRequired, "", "an expression that is true for a right value",
          "condition: ${{ var.zones > 0 }}"},
    Field{"message", &kText, kRequired, "", "what to say otherwise", "message: there has to be a zone"},
};
constexpr Shape kValidation{.type = Type::mapping, .fields = kValidationFields};
constexpr Shape kValidations{.type = Type::list, .element = &kValidation, .most = 16};
constexpr std::array kVariableFields{
    Field{"type", &kText, kOptional, "any", "string, int, number, bool, list(…), set(…), map(…) or any",
          "type: string"},
    Field{"default", &kAny, kOptional, "", "the value where none is given; without it one has to be", "default: eu"},
    Field{"description", &kText, kOptional, "", "what it is for", "description: where the nodes are"},
    Field{"sensitive", &kBoolean, kOptional, "false", "it is never shown, nor what is made of it", "sensitive: true"},
    Field{"nullable", &kBoolean, kOptional, "true", "null may be given", "nullable: false"},
    Field{"validation", &kValidations, kOptional, "none", "what a value has to fulfil",
          "validation: [{ condition: \"${{ var.zones > 0 }}\", message: there has to be a zone }]"},
};
constexpr Shape kVariable{.type = Type::mapping, .fields = kVariableFields, .noun = "variable "};
constexpr Shape kVariables{.type = Type::table, .element = &kVariable, .key = Type::identifier, .most = 500};

// ---- image ------------------------------------------------------------------------------------------------------

constexpr std::array<string_view, 2> kUrlOrFile{"url", "file"};
constexpr Keys kWithUrl{"url"};
constexpr std::array<string_view, 3> kImageFrom{"stream", "url", "file"};
constexpr std::array<string_view, 3> kVersionFrom{"version", "url", "file"};
constexpr std::array kImageChoices{Choice{kImageFrom, kOptional}, Choice{kVersionFrom, kOptional}};
constexpr std::array kImageFields{
    Field{"stream", &kText, kOptional, "", "a Fedora CoreOS stream: stable, testing or next", "stream: stable"},
    Field{"version", &kText, kOptional, "the newest of the stream", "a release of Fedora CoreOS",
          "version: 44.20260707.3.1"},
    Field{"url", &kText, kOptional, "", "where any other image can be had, by http or https",
          "url: https://example.org/node.qcow2.xz"},
    Field{"file", &kText, kOptional, "", "an image at this absolute path of every host",
          "file: /srv/images/node.qcow2"},
    Field{"sha256", &kDigest, kOptional, "", "of the file as it lies there", "sha256: 5d41…", kUrlOrFile},
    Field{"uncompressed_sha256", &kDigest, kOptional, "", "of the disk image, unpacked", "uncompressed_sha256: 9b74…",
          kWithUrl},
};
constexpr Shape kImage{.type = Type::mapping, .fields = kImageFields, .choices = kImageChoices};

// ---- network ----------------------------------------------------------------------------------------------------

constexpr std::array<string_view, 3> kAttachments{"bridge", "libvirt", "macvtap"};
constexpr std::array<string_view, 2> kAddressing{"subnet", "dhcp"};
constexpr std::array kNetworkChoices{Choice{kAttachments}, Choice{kAddressing}};
constexpr Keys kWithSubnet{"subnet"};
constexpr std::array<string_view, 2> kTaggable{"bridge", "macvtap"};
constexpr Shape kDns{.type = Type::oneOrList, .element = &kIpv4, .most = 3};
constexpr Shape kVlan{.type = Type::integer, .least = 1, .most = 4094};
// IPv6 needs packets of 1280 bytes, and the nodes speak it.
constexpr Shape kMtu{.type = Type::integer, .least = 1280, .most = 9216};
constexpr Shape kDomain{.type = Type::domain};
constexpr Shape kSearch{.type = Type::oneOrList, .element = &kDomain, .most = 16};
constexpr std::array kNetworkFields{
    Field{"bridge", &kText, kOptional, "", "a bridge of the hosts that nodes are attached to", "bridge: br0"},
    Field{"libvirt", &kText, kOptional, "", "a libvirt network of the hosts", "libvirt: default"},
    Field{"macvtap", &kText, kOptional, "", "an interface of the hosts that nodes share by macvtap", "macvtap: eno1"},
    Field{"subnet", &kSubnet, kOptional, "", "the network that static addresses lie in", "subnet: 10.20.0.0/24"},
    Field{"dhcp", &kBoolean, kOptional, "false", "the network hands out addresses", "dhcp: true"},
    Field{"gateway", &kIpv4, kOptional, "none", "the way out of the subnet", "gateway: 10.20.0.1", kWithSubnet},
    Field{"dns", &kDns, kOptional, "none", "name servers", "dns: [10.20.0.1]", kWithSubnet},
    Field{"search", &kSearch, kOptional, "none", "domains in which short names are looked up", "search: [lan.example]"},
    Field{"vlan", &kVlan, kOptional, "none", "the VLAN that the nodes tag their frames with", "vlan: 20", kTaggable},
    Field{"mtu", &kMtu, kOptional, "the network's own", "the size of the largest packet, in bytes", "mtu: 9000"},
};
constexpr Shape kNetwork{
    .type = Type::mapping, .fields = kNetworkFields, .choices = kNetworkChoices, .noun = "network "};
constexpr Shape kNetworks{.type = Type::table, .element = &kNetwork, .key = Type::name, .most = kMaxNetworks};

// ---- update -----------------------------------------------------------------------------------------------------

constexpr Shape kParallel{.type = Type::integer, .least = 1, .most = 1000};
constexpr Shape kSurge{.type = Type::integer, .least = 0, .most = 1000};
constexpr Shape kWait{.type = Type::duration, .least = 0, .most = kDay};
constexpr Shape kDeadline{.type = Type::duration, .least = 1, .most = kDay};
constexpr Shape kCanaries{.type = Type::integer, .least = 0, .most = 1000};
constexpr Keys kWithCanary{"canary"};
constexpr std::array kUpdateFields{
    Field{"max_parallel", &kParallel, kOptional, "1", "how many nodes of a pool may be changed at the same time",
          "max_parallel: 1"},
    Field{"max_surge", &kSurge, kOptional, "0",
          "how many nodes beyond its count a pool may have, which stand in for those that are changed", "max_surge: 1"},
    Field{"min_healthy_time", &kWait, kOptional, "10s",
          "how long a node must have been ready before the next one is touched", "min_healthy_time: 10s"},
    Field{"healthy_deadline", &kDeadline, kOptional, "5m", "how long a node may take to become ready",
          "healthy_deadline: 5m"},
    Field{"progress_deadline", &kDeadline, kOptional, "30m, or healthy_deadline if that is longer",
          "how long a rollout may stand still before it is given up", "progress_deadline: 30m"},
    Field{"stagger", &kWait, kOptional, "0s", "a pause between one wave and the next", "stagger: 1m"},
    Field{"canary", &kCanaries, kOptional, "0",
          "how many nodes of a pool are replaced first; the others wait until these are promoted", "canary: 1"},
    Field{"auto_promote", &kBoolean, kOptional, "false", "canaries are promoted as soon as all of them are ready",
          "auto_promote: true", kWithCanary},
    Field{"auto_revert", &kBoolean, kOptional, "false",
          "after a failure the cluster goes back to the last revision that was rolled out to its end",
          "auto_revert: true"},
    Field{"keep_old_disk", &kBoolean, kOptional, "true",
          "a replaced node's root disk stays on its host until the new instance has proved itself",
          "keep_old_disk: false"},
};
constexpr Shape kUpdate{.type = Type::mapping, .fields = kUpdateFields};

// ---- pools ------------------------------------------------------------------------------------------------------

constexpr Shape kCount{.type = Type::integer, .least = 0, .most = kMaxNodesOfPool};
constexpr Shape kVcpus{.type = Type::integer, .least = 1, .most = kMaxVcpus};
constexpr Shape kMemory{.type = Type::bytes, .least = 64 * kMiB, .most = 64 * kTiB};
constexpr Shape kDisk{.type = Type::bytes, .least = 64 * kMiB, .most = 1024 * kTiB};
constexpr std::array kResourcesFields{
    Field{"vcpus", &kVcpus, kRequired, "", "virtual processors", "vcpus: 2"},
    Field{"memory", &kMemory, kRequired, "", "main memory", "memory: 4GiB"},
    Field{"disk", &kDisk, kRequired, "", "size of the root disk, at least that of the image", "disk: 20GiB"},
};
constexpr Shape kResources{.type = Type::mapping, .fields = kResourcesFields};

constexpr std::array<string_view, 1> kRunning{"running"};
constexpr Shape kSystemd{.type = Type::word, .words = kRunning};
constexpr Shape kStatus{.type = Type::integer, .least = 100, .most = 599};
constexpr Keys kWithHttp{"http"};
constexpr std::array<string_view, 3> kProbes{"systemd", "tcp", "http"};
constexpr std::array kProbeChoices{Choice{kProbes}};
constexpr std::array kProbeFields{
    Field{"systemd", &kSystemd, kOptional, "", "no unit has failed in the guest", "systemd: running"},
    Field{"tcp", &kPort, kOptional, "", "this port of the node accepts connections", "tcp: 22"},
    Field{"http", &kNodeText, kOptional, "", "this address answers; ${{ node.address }} stands for the node's",
          "http: \"http://${{ node.address }}:8080/\""},
    Field{"expect", &kStatus, kOptional, "200", "the status of the answer", "expect: 200", kWithHttp},
};
constexpr Shape kProbe{.type = Type::mapping, .fields = kProbeFields, .choices = kProbeChoices};
constexpr Shape kHealth{.type = Type::list, .element = &kProbe, .most = 16};

constexpr std::array<string_view, 3> kMethods{"post", "get", "put"};
constexpr Shape kMethod{.type = Type::word, .words = kMethods};
constexpr Shape kHookDeadline{.type = Type::duration, .least = 1, .most = 3600};
constexpr std::array kHookFields{
    Field{"http", &kNodeText, kRequired, "", "this address is asked; ${{ node.address }} stands for the node's",
          "http: \"http://${{ node.address }}:8080/drain\""},
    Field{"method", &kMethod, kOptional, "post", "how it is asked", "method: put"},
    Field{"expect", &kStatus, kOptional, "200", "the status of the answer; until it comes it is asked again",
          "expect: 204"},
    Field{"deadline", &kHookDeadline, kOptional, "30s", "after so long the guest is shut down all the same",
          "deadline: 2m"},
};
constexpr Shape kHook{.type = Type::mapping, .fields = kHookFields};
constexpr Shape kHooks{.type = Type::list, .element = &kHook, .most = 8};

constexpr Shape kLevel{.type = Type::label};
constexpr Shape kLevels{.type = Type::list, .element = &kLevel, .most = 4};
constexpr Shape kAtMost{.type = Type::integer, .least = 1, .most = kMaxNodesOfPool};
constexpr std::array<string_view, 2> kHardOrAtMost{"hard", "at_most"};
constexpr std::array kSpreadChoices{Choice{kHardOrAtMost, kOptional}};
constexpr std::array kSpreadFields{
    Field{"over", &kLevels, kRequired, "", "zone, host or the key of a label of hosts, the most important first",
          "over: [zone, rack, host]"},
    Field{"hard", &kBoolean, kOptional, "false", "never two nodes of the pool in one place of the last level",
          "hard: true"},
    Field{"at_most", &kAtMost, kOptional, "no limit",
          "how many nodes of the pool may be in one place of the last level", "at_most: 2"},
};
constexpr Shape kSpread{
    .type = Type::listOrMapping, .fields = kSpreadFields, .choices = kSpreadChoices, .element = &kLevel, .most = 4};

constexpr Shape kOtherPools{.type = Type::oneOrList, .element = &kName, .most = kMaxPools};
constexpr std::array kBondFields{
    Field{"pools", &kOtherPools, kRequired, "", "the other pools", "pools: [cache]"},
    Field{"over", &kLevel, kOptional, "host", "zone, host or the key of a label: what one place is", "over: zone"},
    Field{"hard", &kBoolean, kOptional, "false", "a rule rather than a wish", "hard: true"},
};
constexpr Shape kBond{.type = Type::listOrMapping, .fields = kBondFields, .element = &kName, .most = kMaxPools};

constexpr std::array<string_view, 2> kPreferWords{"balance", "pack"};
constexpr Shape kPrefer{.type = Type::word, .words = kPreferWords};
constexpr std::array<string_view, 2> kSurviveWords{"nothing", "one_host"};
constexpr Shape kSurvive{.type = Type::word, .words = kSurviveWords};
constexpr std::array kLayoutFields{
    Field{"prefer", &kPrefer, kOptional, "balance", "even shares of all hosts, or as few hosts as will do",
          "prefer: pack"},
    Field{"survive", &kSurvive, kOptional, "nothing", "what may be lost so that all nodes still have a place",
          "survive: one_host"},
};
constexpr Shape kLayout{.type = Type::mapping, .fields = kLayoutFields};

constexpr Shape kZones{.type = Type::oneOrList, .element = &kText, .most = 100};
constexpr std::array kHostsFields{
    Field{"zones", &kZones, kOptional, "any", "only hosts in one of these zones", "zones: [a, b]"},
    Field{"labels", &kLabels, kOptional, "any", "only hosts with all of these labels", "labels: { disk: ssd }"},
};
constexpr Shape kHosts{.type = Type::mapping, .fields = kHostsFields};

constexpr Shape kRanges{.type = Type::oneOrList, .element = &kRange, .most = 64};
constexpr Shape kRangesByNetwork{.type = Type::table, .element = &kRanges, .key = Type::name, .most = kMaxNetworks};
constexpr Shape kAddresses{.type = Type::oneOrList, .element = &kRange, .most = 64, .orTable = &kRangesByNetwork};
constexpr Shape kButane{.type = Type::oneOrList, .element = &kPath, .most = 64};

constexpr std::array<string_view, 3> kFilesystemWords{"xfs", "ext4", "btrfs"};
constexpr Shape kFilesystem{.type = Type::word, .words = kFilesystemWords};
constexpr Shape kMountPoint{.type = Type::mountPoint};
constexpr Keys kWithMount{"mount"};
constexpr std::array kVolumeFields{
    Field{"size", &kDisk, kRequired, "", "how large the disk is; it can grow, and never shrinks", "size: 50GiB"},
    Field{"mount", &kMountPoint, kOptional, "not mounted", "where the node mounts it", "mount: /var/lib/data"},
    Field{"filesystem", &kFilesystem, kOptional, "xfs", "what is made on the disk while it is empty",
          "filesystem: ext4", kWithMount},
    Field{"keep", &kBoolean, kOptional, "true", "nothing but a command that names the volume deletes or wipes it",
          "keep: true"},
    Field{"protect", &kBoolean, kOptional, "false", "it cannot be deleted until this is taken back", "protect: true"},
};
constexpr Shape kVolume{.type = Type::mapping, .fields = kVolumeFields, .noun = "volume "};
constexpr Shape kVolumes{.type = Type::table, .element = &kVolume, .key = Type::volume, .most = kMaxVolumes};

constexpr std::array kOwnResourcesFields{
    Field{"vcpus", &kVcpus, kOptional, "the pool's", "virtual processors", "vcpus: 4"},
    Field{"memory", &kMemory, kOptional, "the pool's", "main memory", "memory: 8GiB"},
    Field{"disk", &kDisk, kOptional, "the pool's", "size of the root disk", "disk: 40GiB"},
};
constexpr Shape kOwnResources{.type = Type::mapping, .fields = kOwnResourcesFields};
constexpr Shape kIpv4ByNetwork{.type = Type::table, .element = &kIpv4, .key = Type::name, .most = kMaxNetworks};
constexpr Shape kOwnAddress{.type = Type::ipv4, .orTable = &kIpv4ByNetwork};
constexpr std::array kNodeFields{
    Field{"host", &kName, kOptional, "any", "the host that this node is placed on, and no other", "host: h1"},
    Field{"resources", &kOwnResources, kOptional, "the pool's", "what this node has otherwise than its pool",
          "resources: { memory: 8GiB }"},
    Field{"address", &kOwnAddress, kOptional, "from the pool's", "the static address of this node",
          "address: 10.20.0.15"},
    Field{"tags", &kLabels, kOptional, "none", "laid over the pool's, key by key", "tags: { role: leader }"},
    Field{"meta", &kLabels, kOptional, "none", "laid over the pool's, key by key", "meta: { rack: r2 }"},
};
constexpr Shape kNode{.type = Type::mapping, .fields = kNodeFields, .noun = "node "};
constexpr Shape kNodes{.type = Type::table, .element = &kNode, .key = Type::index, .most = kMaxNodesOfPool};

constexpr std::array<string_view, 2> kHostLossWords{"wait", "replace"};
constexpr Shape kHostLoss{.type = Type::word, .words = kHostLossWords};
/// Half of it must be enough for an agent that is slow: NodeSpec::fenceAfter.
constexpr Shape kHostLossGrace{.type = Type::duration, .least = 60, .most = 7 * kDay};

constexpr std::array<string_view, 3> kDriftWords{"heal", "alert", "freeze"};
constexpr Shape kDrift{.type = Type::word, .words = kDriftWords};

constexpr std::array kPoolFields{
    Field{"count", &kCount, kRequired, "", "how many nodes", "count: 3"},
    Field{"resources", &kResources, kRequired, "", "what each node has",
          "resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }"},
    Field{"addresses", &kAddresses, kOptional, "", "static addresses, one for each node",
          "addresses: 10.20.0.11-10.20.0.19"},
    Field{"butane", &kButane, kOptional, "none", "Butane files, merged in this order", "butane: [base.bu]"},
    Field{"health", &kHealth, kOptional, "[{ systemd: running }]", "when a node counts as ready",
          "health: [{ tcp: 22 }]"},
    Field{"before_stop", &kHooks, kOptional, "none",
          "what services of a node are asked before it is shut down, one after the other",
          "before_stop: [{ http: \"http://${{ node.address }}:8080/drain\" }]"},
    Field{"spread", &kSpread, kOptional, "[zone, host]", "over what the nodes are spread", "spread: [zone, host]"},
    Field{"quorum", &kBoolean, kOptional, "false",
          "a majority of the nodes must be up: never more than (n-1)/2 of them are changed at the same time",
          "quorum: true"},
    Field{"max_surge", &kSurge, kOptional, "that of update",
          "how many nodes beyond its count it may have, which stand in for those that are changed", "max_surge: 0"},
    Field{"on_host_loss", &kHostLoss, kOptional, "wait",
          "what becomes of the nodes of a lost host: wait for it, or replace them elsewhere", "on_host_loss: replace"},
    Field{"host_loss_grace", &kHostLossGrace, kOptional, "5m",
          "with replace: how long a host may be lost; after half of it, it cuts the nodes' power itself",
          "host_loss_grace: 10m"},
    Field{"drift", &kDrift, kOptional, "heal",
          "what is done when somebody stops or removes a node's domain by hand: put it back, leave it and say so, or "
          "keep plans away from it as well",
          "drift: alert"},
    Field{"hosts", &kHosts, kOptional, "any", "which hosts may have the nodes", "hosts: { zones: [a] }"},
    Field{"volumes", &kVolumes, kOptional, "none", "data disks that outlive the machines, by name",
          "volumes: { data: { size: 50GiB, mount: /var/lib/data } }"},
    Field{"near", &kBond, kOptional, "none", "pools whose nodes these are to be with", "near: [cache]"},
    Field{"apart", &kBond, kOptional, "none", "pools whose nodes these are to be kept away from",
          "apart: { pools: [db], hard: true }"},
    Field{"tags", &kTags, kOptional, "none", "words of your own to find nodes by", "tags: { role: web }"},
    Field{"meta", &kLabels, kOptional, "none", "values of your own for expressions: node.meta", "meta: { rack: r1 }"},
    Field{"nodes", &kNodes, kOptional, "none", "what single nodes have otherwise than the pool, by index",
          "nodes: { 0: { host: h1 } }"},
    Field{"protect", &kBoolean, kOptional, "false", "no node of it can be destroyed until this is taken back",
          "protect: true"},
};
constexpr Shape kPool{.type = Type::mapping, .fields = kPoolFields, .noun = "pool "};
constexpr Shape kPools{.type = Type::table, .element = &kPool, .key = Type::name, .most = kMaxPools};

// ---- operating system -------------------------------------------------------------------------------------------

constexpr std::array<string_view, 7> kDayWords{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr Shape kWeekday{.type = Type::word, .words = kDayWords};
constexpr Shape kDays{.type = Type::oneOrList, .element = &kWeekday, .most = 7};
constexpr Shape kTimeOfDay{.type = Type::timeOfDay};
constexpr Shape kWindowLength{.type = Type::duration, .least = 60, .most = 7 * kDay};
constexpr std::array kWindowFields{
    Field{"days", &kDays, kOptional, "every day", "on which the window opens", "days: [sat, sun]"},
    Field{"start", &kTimeOfDay, kRequired, "", "when it opens", "start: \"22:30\""},
    Field{"length", &kWindowLength, kRequired, "", "how long it stays open, in whole minutes", "length: 1h"},
};
constexpr Shape kWindow{.type = Type::mapping, .fields = kWindowFields};
constexpr Shape kWindows{.type = Type::list, .element = &kWindow, .most = 32};
constexpr std::array<string_view, 4> kStrategyWords{"immediate", "periodic", "fleet_lock", "off"};
constexpr Shape kStrategy{.type = Type::word, .words = kStrategyWords};
constexpr Shape kTimeZone{.type = Type::timeZone};
constexpr Shape kWariness{.type = Type::fraction};
constexpr Shape kUpdateGroup{.type = Type::label};
constexpr Keys kWithWindows{"windows"};
constexpr std::array kOsUpdatesFields{
    Field{"strategy", &kStrategy, kRequired, "",
          "when a node reboots into a new release: immediate, periodic, fleet_lock or off", "strategy: periodic"},
    Field{"windows", &kWindows, kOptional, "", "with periodic and fleet_lock: when nodes may reboot",
          "windows: [{ days: [sat, sun], start: \"22:30\", length: 1h }]"},
    Field{"time_zone", &kTimeZone, kOptional, "UTC", "that the windows are meant in", "time_zone: Europe/Warsaw",
          kWithWindows},
    Field{"wariness", &kWariness, kOptional, "by chance, node by node",
          "how late the nodes take part in the gradual rollout of a release: 0 eager, 1 cautious", "wariness: 0.5"},
    Field{"group", &kUpdateGroup, kOptional, "the pool's name with fleet_lock, else Zincati's own",
          "that the nodes say they are of, to the lock and to the update server", "group: workers"},
};
constexpr Shape kOsUpdates{.type = Type::mapping, .fields = kOsUpdatesFields};

// ---- included files ---------------------------------------------------------------------------------------------

constexpr Shape kGivenValues{.type = Type::table, .element = &kAny, .key = Type::identifier, .most = kMaxVariables};
constexpr std::array kIncludeFields{
    Field{"file", &kPath, kRequired, "", "a file with variables and pools of its own", "file: pieces/web.yaml"},
    Field{"as", &kName, kOptional, "nothing", "what the names of its pools begin with: as: eu makes eu-web of web",
          "as: eu"},
    Field{"with", &kGivenValues, kOptional, "none", "values for its variables, by name",
          "with: { region: eu, count: 3 }"},
};
constexpr Shape kInclude{.type = Type::mapping, .fields = kIncludeFields};
constexpr Shape kIncludes{.type = Type::list, .element = &kInclude, .most = kMaxIncludes};

constexpr std::array<string_view, 2> kPoolKeys{"pools", "include"};
constexpr Choice kPoolsOrInclude{kPoolKeys, Presence::required, Together::allowed};
constexpr std::array kPieceChoices{kPoolsOrInclude};
constexpr Shape kPiecePools{.type = Type::table, .element = &kAny, .key = Type::name, .most = kMaxPools};
constexpr std::array kPieceFields{
    Field{"variables", &kVariables, kOptional, "none", "what whoever includes it gives",
          "variables: { count: { type: int } }"},
    Field{"include", &kIncludes, kOptional, "none", "further files", "include: [{ file: cache.yaml }]"},
    Field{"pools", &kPiecePools, kOptional, "none", "sets of equal nodes, by name", "pools: { web: { count: 3, … } }"},
};
constexpr Shape kPiece{.type = Type::mapping, .fields = kPieceFields, .choices = kPieceChoices};

// ---- the file ---------------------------------------------------------------------------------------------------

constexpr std::array<string_view, 2> kNetworkKeys{"network", "networks"};
constexpr std::array kSpecChoices{Choice{kNetworkKeys}, kPoolsOrInclude};
constexpr std::array kSpecFields{
    Field{"cluster", &kName, kRequired, "", "the name of the cluster, with which the names of its nodes begin",
          "cluster: prod"},
    Field{"variables", &kVariables, kOptional, "none", "values that are given from outside, by name",
          "variables: { region: { type: string } }"},
    Field{"image", &kImage, kRequired, "", "what the nodes boot from", "image: { stream: stable }"},
    Field{"network", &kNetwork, kOptional, "", "how the nodes are attached and addressed",
          "network: { bridge: br0, dhcp: true }"},
    Field{"networks", &kNetworks, kOptional, "", "several networks, by name; the first one has the node's address",
          "networks: { lan: { bridge: br0, dhcp: true }, storage: { bridge: br1, subnet: 10.30.0.0/24 } }"},
    Field{"os_updates", &kOsUpdates, kOptional, "Fedora CoreOS's own: immediate",
          "how the nodes update their operating system", "os_updates: { strategy: off }"},
    Field{"update", &kUpdate, kOptional, "", "how changes are rolled out", "update: { max_parallel: 1 }"},
    Field{"protect", &kBoolean, kOptional, "false", "nothing of it can be destroyed until this is taken back",
          "protect: true"},
    Field{"layout", &kLayout, kOptional, "", "what the choice of hosts aims at", "layout: { prefer: pack }"},
    Field{"stack", &kStackShape, kOptional, "none", "Consul, Nomad, and Vault or OpenBao on the nodes",
          "stack: { consul: { version: 1.22.0, servers: server } }"},
    Field{"files_dir", &kPath, kOptional, "the spec's own", "the directory that local files of Butane are read from",
          "files_dir: files"},
    Field{"pools", &kPools, kOptional, "", "sets of equal nodes, by name", "pools: { server: { count: 3, … } }"},
    Field{"include", &kIncludes, kOptional, "none",
          "files whose pools are laid beside these, with values for their variables",
          "include: [{ file: pieces/web.yaml, as: eu, with: { count: 3 } }]"},
};
constexpr Shape kSpec{.type = Type::mapping, .fields = kSpecFields, .choices = kSpecChoices};

}  // namespace

const Shape& specShape() { return kSpec; }
const Shape& pieceShape() { return kPiece; }

std::string_view describe(const Shape& shape) {
  switch (shape.type) {
    case Type::text: return "text";
    case Type::any: return "a value";
    case Type::identifier: return "the name of a variable";
    case Type::name:
    case Type::volume: return "a name";
    case Type::index: return "the index of a node";
    case Type::label:
    case Type::word: return "a word";
    case Type::integer: return "a whole number";
    case Type::boolean: return "true or false";
    case Type::bytes: return "an amount such as 4GiB";
    case Type::duration: return "a duration such as 30s or 5m";
    case Type::digest: return "a SHA-256 of 64 hexadecimal digits";
    case Type::ipv4: return "an IPv4 address";
    case Type::subnet: return "a subnet such as 10.20.0.0/24";
    case Type::range: return "an address, or a range such as 10.20.0.11-10.20.0.19";
    case Type::path: return "a path";
    case Type::mountPoint: return "an absolute path";
    case Type::domain: return "a domain such as lan.example";
    case Type::timeOfDay: return "a time of day such as 22:30";
    case Type::timeZone: return "a time zone such as Europe/Warsaw";
    case Type::fraction: return "a number from 0 to 1";
    case Type::mapping:
    case Type::table: return "a mapping";
    case Type::list:
    case Type::oneOrList: return "a list";
    case Type::listOrMapping: return "a list or a mapping";
  }
  return "a value";
}

}  // namespace berth::spec
