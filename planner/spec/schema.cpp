// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/schema.h"

#include <array>

#include "planner/spec/model.h"

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
constexpr Shape kName{.type = Type::name};
constexpr Shape kBoolean{.type = Type::boolean};
constexpr Shape kDigest{.type = Type::digest};
constexpr Shape kIpv4{.type = Type::ipv4};
constexpr Shape kSubnet{.type = Type::subnet};
constexpr Shape kRange{.type = Type::range};
constexpr Shape kPath{.type = Type::path};
constexpr Shape kPort{.type = Type::integer, .least = 1, .most = 65'535};
constexpr Shape kLabels{.type = Type::table, .element = &kText, .key = Type::label, .most = 64};

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
constexpr Shape kDns{.type = Type::oneOrList, .element = &kIpv4, .most = 3};
constexpr std::array kNetworkFields{
    Field{"bridge", &kText, kOptional, "", "a bridge of the hosts that nodes are attached to", "bridge: br0"},
    Field{"libvirt", &kText, kOptional, "", "a libvirt network of the hosts", "libvirt: default"},
    Field{"macvtap", &kText, kOptional, "", "an interface of the hosts that nodes share by macvtap", "macvtap: eno1"},
    Field{"subnet", &kSubnet, kOptional, "", "the network that static addresses lie in", "subnet: 10.20.0.0/24"},
    Field{"dhcp", &kBoolean, kOptional, "false", "the network hands out addresses", "dhcp: true"},
    Field{"gateway", &kIpv4, kOptional, "none", "the way out of the subnet", "gateway: 10.20.0.1", kWithSubnet},
    Field{"dns", &kDns, kOptional, "none", "name servers", "dns: [10.20.0.1]", kWithSubnet},
};
constexpr Shape kNetwork{.type = Type::mapping, .fields = kNetworkFields, .choices = kNetworkChoices};

// ---- update -----------------------------------------------------------------------------------------------------

constexpr Shape kParallel{.type = Type::integer, .least = 1, .most = 1000};
constexpr Shape kWait{.type = Type::duration, .least = 0, .most = kDay};
constexpr Shape kDeadline{.type = Type::duration, .least = 1, .most = kDay};
constexpr std::array kUpdateFields{
    Field{"max_parallel", &kParallel, kOptional, "1", "how many nodes of a pool may be changed at the same time",
          "max_parallel: 1"},
    Field{"min_healthy_time", &kWait, kOptional, "10s",
          "how long a node must have been ready before the next one is touched", "min_healthy_time: 10s"},
    Field{"healthy_deadline", &kDeadline, kOptional, "5m", "how long a node may take to become ready",
          "healthy_deadline: 5m"},
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
    Field{"http", &kText, kOptional, "", "this address answers; ${{ node.address }} stands for the node's",
          "http: \"http://${{ node.address }}:8080/\""},
    Field{"expect", &kStatus, kOptional, "200", "the status of the answer", "expect: 200", kWithHttp},
};
constexpr Shape kProbe{.type = Type::mapping, .fields = kProbeFields, .choices = kProbeChoices};
constexpr Shape kHealth{.type = Type::list, .element = &kProbe, .most = 16};

constexpr std::array<string_view, 2> kLevelWords{"zone", "host"};
constexpr Shape kLevel{.type = Type::word, .words = kLevelWords};
constexpr Shape kLevels{.type = Type::list, .element = &kLevel, .most = 2};
constexpr std::array kSpreadFields{
    Field{"over", &kLevels, kRequired, "", "the most important first", "over: [zone, host]"},
    Field{"hard", &kBoolean, kOptional, "false", "never two nodes of the pool in one place of the last level",
          "hard: true"},
};
constexpr Shape kSpread{.type = Type::listOrMapping, .fields = kSpreadFields, .element = &kLevel, .most = 2};

constexpr Shape kZones{.type = Type::oneOrList, .element = &kText, .most = 100};
constexpr std::array kHostsFields{
    Field{"zones", &kZones, kOptional, "any", "only hosts in one of these zones", "zones: [a, b]"},
    Field{"labels", &kLabels, kOptional, "any", "only hosts with all of these labels", "labels: { disk: ssd }"},
};
constexpr Shape kHosts{.type = Type::mapping, .fields = kHostsFields};

constexpr Shape kAddresses{.type = Type::oneOrList, .element = &kRange, .most = 64};
constexpr Shape kButane{.type = Type::oneOrList, .element = &kPath, .most = 64};
constexpr std::array kPoolFields{
    Field{"count", &kCount, kRequired, "", "how many nodes", "count: 3"},
    Field{"resources", &kResources, kRequired, "", "what each node has",
          "resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }"},
    Field{"addresses", &kAddresses, kOptional, "", "static addresses, one for each node",
          "addresses: 10.20.0.11-10.20.0.19"},
    Field{"butane", &kButane, kOptional, "none", "Butane files, merged in this order", "butane: [base.bu]"},
    Field{"health", &kHealth, kOptional, "[{ systemd: running }]", "when a node counts as ready",
          "health: [{ tcp: 22 }]"},
    Field{"spread", &kSpread, kOptional, "[zone, host]", "over what the nodes are spread", "spread: [zone, host]"},
    Field{"hosts", &kHosts, kOptional, "any", "which hosts may have the nodes", "hosts: { zones: [a] }"},
    Field{"tags", &kLabels, kOptional, "none", "words of your own to find nodes by", "tags: { role: web }"},
};
constexpr Shape kPool{.type = Type::mapping, .fields = kPoolFields, .noun = "pool "};
constexpr Shape kPools{.type = Type::table, .element = &kPool, .key = Type::name, .most = kMaxPools};

constexpr std::array kSpecFields{
    Field{"cluster", &kName, kRequired, "", "the name of the cluster, with which the names of its nodes begin",
          "cluster: prod"},
    Field{"image", &kImage, kRequired, "", "what the nodes boot from", "image: { stream: stable }"},
    Field{"network", &kNetwork, kRequired, "", "how the nodes are attached and addressed",
          "network: { bridge: br0, dhcp: true }"},
    Field{"update", &kUpdate, kOptional, "", "how changes are rolled out", "update: { max_parallel: 1 }"},
    Field{"files_dir", &kPath, kOptional, "the spec's own", "the directory that local files of Butane are read from",
          "files_dir: files"},
    Field{"pools", &kPools, kRequired, "", "sets of equal nodes, by name", "pools: { server: { count: 3, … } }"},
};
constexpr Shape kSpec{.type = Type::mapping, .fields = kSpecFields};

}  // namespace

const Shape& specShape() { return kSpec; }

std::string_view describe(const Shape& shape) {
  switch (shape.type) {
    case Type::text: return "text";
    case Type::name: return "a name";
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
    case Type::mapping:
    case Type::table: return "a mapping";
    case Type::list:
    case Type::oneOrList: return "a list";
    case Type::listOrMapping: return "a list or a mapping";
  }
  return "a value";
}

}  // namespace berth::spec
