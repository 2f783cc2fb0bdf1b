// SPDX-License-Identifier: Apache-2.0
//
// The tables, from the leaves to the root. The order of fields is the order in which they are written.
#include "planner/ignition/schema.h"

namespace berth::ignition {
namespace {

using enum Type;
using enum SpecVersion;

constexpr Field butane(std::string_view name, Type type, SpecVersion since, const Shape* shape = nullptr) {
  return {.name = name, .yaml = name, .type = type, .shape = shape, .since = since, .home = Home::butane};
}

constexpr Field always(std::string_view name, Type type = text) {
  return {.name = name, .yaml = name, .type = type, .presence = Presence::always};
}

constexpr Field appended(std::string_view name, std::string_view yaml, SpecVersion since,
                         std::string_view elementType = {}) {
  return {.name = name,
          .yaml = yaml,
          .type = texts,
          .since = since,
          .joining = Joining::appended,
          .elementType = elementType};
}

constexpr Field kVerificationFields[] = {{"hash", "hash"}};
constexpr Shape kVerification{ShapeId::verification, "Verification", kVerificationFields};

constexpr Field kHttpHeaderFields[] = {always("name"), {"value", "value"}};
constexpr Shape kHttpHeader{ShapeId::httpHeader, "HTTPHeader", kHttpHeaderFields, Key::name};

constexpr Field kResourceFields[] = {
    {"compression", "compression"},
    {"httpHeaders", "http_headers", objects, &kHttpHeader, v3_1},
    {.name = "inline", .yaml = "inline", .home = Home::butane},
    butane("local", text, v3_1),
    {"source", "source"},
    {"verification", "verification", object, &kVerification},
};
constexpr Shape kResource{ShapeId::resource, "Resource", kResourceFields, Key::source};

// Until 3.0.0 a reference to another config, or to a certificate, was less than a file's contents.
constexpr Field kConfigReferenceFields[] = {
    {"compression", "compression", text, nullptr, v3_1},
    {"httpHeaders", "http_headers", objects, &kHttpHeader, v3_1},
    butane("inline", text, v3_1),
    butane("local", text, v3_1),
    {"source", "source"},
    {"verification", "verification", object, &kVerification},
};
constexpr Shape kConfigReference{ShapeId::configReference, "Resource", kConfigReferenceFields, Key::source};

constexpr Shape kCertificate{ShapeId::certificate, "Resource", kConfigReferenceFields, Key::source};

constexpr Field kIgnitionConfigFields[] = {{"merge", "merge", objects, &kConfigReference},
                                           {"replace", "replace", object, &kConfigReference}};
constexpr Shape kIgnitionConfig{ShapeId::ignitionConfig, "IgnitionConfig", kIgnitionConfigFields};

constexpr Field kProxyFields[] = {
    {"httpProxy", "http_proxy"},
    {"httpsProxy", "https_proxy"},
    {.name = "noProxy", .yaml = "no_proxy", .type = texts},
};
constexpr Shape kProxy{ShapeId::proxy, "Proxy", kProxyFields};

constexpr Field kTlsFields[] = {{"certificateAuthorities", "certificate_authorities", objects, &kCertificate}};
constexpr Shape kTls{ShapeId::tls, "TLS", kTlsFields};
constexpr Field kSecurityFields[] = {{"tls", "tls", object, &kTls}};
constexpr Shape kSecurity{ShapeId::security, "Security", kSecurityFields};

constexpr Field kTimeoutsFields[] = {{"httpResponseHeaders", "http_response_headers", integer},
                                     {"httpTotal", "http_total", integer}};
constexpr Shape kTimeouts{ShapeId::timeouts, "Timeouts", kTimeoutsFields};

constexpr Field kIgnitionFields[] = {
    {"config", "config", object, &kIgnitionConfig},
    {"proxy", "proxy", object, &kProxy, v3_1},
    {"security", "security", object, &kSecurity},
    {"timeouts", "timeouts", object, &kTimeouts},
    {.name = "version", .yaml = "version", .home = Home::ignition},
};
constexpr Shape kIgnition{ShapeId::ignition, "Ignition", kIgnitionFields};

constexpr Field kKernelArgumentsFields[] = {
    {.name = "shouldExist", .yaml = "should_exist", .type = texts, .elementType = "KernelArgument"},
    {.name = "shouldNotExist", .yaml = "should_not_exist", .type = texts, .elementType = "KernelArgument"},
};
constexpr Shape kKernelArguments{ShapeId::kernelArguments, "KernelArguments", kKernelArgumentsFields};

constexpr Field kPasswdGroupFields[] = {
    {"gid", "gid", integer},           always("name"),
    {"passwordHash", "password_hash"}, {"shouldExist", "should_exist", boolean, nullptr, v3_2},
    {"system", "system", boolean},
};
constexpr Shape kPasswdGroup{ShapeId::passwdGroup, "PasswdGroup", kPasswdGroupFields, Key::name};

constexpr Field kPasswdUserFields[] = {
    {"gecos", "gecos"},
    {.name = "groups", .yaml = "groups", .type = texts, .elementType = "Group"},
    {"homeDir", "home_dir"},
    always("name"),
    {"noCreateHome", "no_create_home", boolean},
    {"noLogInit", "no_log_init", boolean},
    {"noUserGroup", "no_user_group", boolean},
    {"passwordHash", "password_hash"},
    {"primaryGroup", "primary_group"},
    {.name = "sshAuthorizedKeys", .yaml = "ssh_authorized_keys", .type = texts, .elementType = "SSHAuthorizedKey"},
    butane("ssh_authorized_keys_local", texts, v3_4),
    {"shell", "shell"},
    {"shouldExist", "should_exist", boolean, nullptr, v3_2},
    {"system", "system", boolean},
    {"uid", "uid", integer},
};
constexpr Shape kPasswdUser{ShapeId::passwdUser, "PasswdUser", kPasswdUserFields, Key::name};

constexpr Field kPasswdFields[] = {{"groups", "groups", objects, &kPasswdGroup},
                                   {"users", "users", objects, &kPasswdUser}};
constexpr Shape kPasswd{ShapeId::passwd, "Passwd", kPasswdFields};

constexpr Field kOwnerFields[] = {{"id", "id", integer}, {"name", "name"}};
constexpr Shape kGroupOwner{ShapeId::owner, "NodeGroup", kOwnerFields};
constexpr Shape kUserOwner{ShapeId::owner, "NodeUser", kOwnerFields};

constexpr Field kDirectoryFields[] = {
    {"group", "group", object, &kGroupOwner}, {"overwrite", "overwrite", boolean}, always("path"),
    {"user", "user", object, &kUserOwner},    {"mode", "mode", integer},
};
constexpr Shape kDirectory{ShapeId::directory, "Directory", kDirectoryFields, Key::path};

constexpr Field kFileFields[] = {
    {"group", "group", object, &kGroupOwner},
    {"overwrite", "overwrite", boolean},
    always("path"),
    {"user", "user", object, &kUserOwner},
    {.name = "append", .yaml = "append", .type = objects, .shape = &kResource, .joining = Joining::appended},
    {"contents", "contents", object, &kResource},
    {"mode", "mode", integer},
};
constexpr Shape kFile{ShapeId::file, "File", kFileFields, Key::path};

constexpr Field kLinkFields[] = {
    {"group", "group", object, &kGroupOwner},
    {"overwrite", "overwrite", boolean},
    always("path"),
    {"user", "user", object, &kUserOwner},
    {"hard", "hard", boolean},
    {.name = "target", .yaml = "target", .presence = Presence::alwaysUntil3_2},
};
constexpr Shape kLink{ShapeId::link, "Link", kLinkFields, Key::path};

constexpr Field kPartitionFields[] = {
    {"guid", "guid"},
    {"label", "label"},
    always("number", integer),
    {"resize", "resize", boolean, nullptr, v3_2},
    {"shouldExist", "should_exist", boolean},
    {"sizeMiB", "size_mib", integer},
    {"startMiB", "start_mib", integer},
    {"typeGuid", "type_guid"},
    {"wipePartitionEntry", "wipe_partition_entry", boolean},
};
constexpr Shape kPartition{ShapeId::partition, "Partition", kPartitionFields, Key::numberOrLabel};

constexpr Field kDiskFields[] = {
    always("device"),
    {"partitions", "partitions", objects, &kPartition},
    {"wipeTable", "wipe_table", boolean},
};
constexpr Shape kDisk{ShapeId::disk, "Disk", kDiskFields, Key::device};

constexpr Field kFilesystemFields[] = {
    always("device"),
    {"format", "format"},
    {"label", "label"},
    appended("mountOptions", "mount_options", v3_1),
    appended("options", "options", v3_0),
    {"path", "path"},
    {"uuid", "uuid"},
    {"wipeFilesystem", "wipe_filesystem", boolean},
    butane("with_mount_unit", boolean, v3_1),
};
constexpr Shape kFilesystem{ShapeId::filesystem, "Filesystem", kFilesystemFields, Key::device};

constexpr Field kTangFields[] = {
    {.name = "advertisement", .yaml = "advertisement", .since = v3_4},
    {"thumbprint", "thumbprint"},
    always("url"),
};
constexpr Shape kTang{ShapeId::tang, "Tang", kTangFields, Key::url};

constexpr Field kClevisCustomFields[] = {
    {.name = "config", .yaml = "config", .presence = Presence::alwaysUntil3_2},
    {"needsNetwork", "needs_network", boolean},
    {.name = "pin", .yaml = "pin", .presence = Presence::alwaysUntil3_2},
};
constexpr Shape kClevisCustom{ShapeId::clevisCustom, "ClevisCustom", kClevisCustomFields};

constexpr Field kClevisFields[] = {
    {"custom", "custom", object, &kClevisCustom},
    {"tang", "tang", objects, &kTang},
    {"threshold", "threshold", integer},
    {"tpm2", "tpm2", boolean},
};
constexpr Shape kClevis{ShapeId::clevis, "Clevis", kClevisFields};

constexpr Field kCexFields[] = {{"enabled", "enabled", boolean}};
constexpr Shape kCex{ShapeId::cex, "Cex", kCexFields};

constexpr Field kLuksFields[] = {
    {"cex", "cex", object, &kCex, v3_5},
    {"clevis", "clevis", object, &kClevis},
    {"device", "device"},
    {"discard", "discard", boolean, nullptr, v3_4},
    {"keyFile", "key_file", object, &kResource},
    {"label", "label"},
    always("name"),
    {.name = "openOptions", .yaml = "open_options", .type = texts, .since = v3_4, .elementType = "OpenOption"},
    appended("options", "options", v3_0, "LuksOption"),
    {"uuid", "uuid"},
    {"wipeVolume", "wipe_volume", boolean},
};
constexpr Shape kLuks{ShapeId::luks, "Luks", kLuksFields, Key::name};

constexpr Field kRaidFields[] = {
    {.name = "devices", .yaml = "devices", .type = texts, .elementType = "Device"},
    {.name = "level", .yaml = "level", .presence = Presence::alwaysUntil3_2},
    always("name"),
    appended("options", "options", v3_0, "RaidOption"),
    {"spares", "spares", integer},
};
constexpr Shape kRaid{ShapeId::raid, "Raid", kRaidFields, Key::name};

constexpr Field kTreeFields[] = {
    butane("dir_mode", integer, v3_6), butane("file_mode", integer, v3_6), butane("group", object, v3_6, &kGroupOwner),
    butane("local", text, v3_1),       butane("path", text, v3_1),         butane("user", object, v3_6, &kUserOwner),
};
constexpr Shape kTree{ShapeId::tree, "Tree", kTreeFields};

constexpr Field kStorageFields[] = {
    {"directories", "directories", objects, &kDirectory},
    {"disks", "disks", objects, &kDisk},
    {"files", "files", objects, &kFile},
    {"filesystems", "filesystems", objects, &kFilesystem},
    {"links", "links", objects, &kLink},
    {"luks", "luks", objects, &kLuks, v3_2},
    {"raid", "raid", objects, &kRaid},
    butane("trees", objects, v3_1, &kTree),
};
constexpr Shape kStorage{ShapeId::storage, "Storage", kStorageFields};

constexpr Field kDropinFields[] = {{"contents", "contents"}, butane("contents_local", text, v3_4), always("name")};
constexpr Shape kDropin{ShapeId::dropin, "Dropin", kDropinFields, Key::name};

constexpr Field kUnitFields[] = {
    {"contents", "contents"},
    butane("contents_local", text, v3_4),
    {"dropins", "dropins", objects, &kDropin},
    {"enabled", "enabled", boolean},
    {"mask", "mask", boolean},
    always("name"),
};
constexpr Shape kUnit{ShapeId::unit, "Unit", kUnitFields, Key::name};

constexpr Field kQuadletFields[] = {
    butane("contents", text, v3_7_experimental),
    butane("contents_local", text, v3_7_experimental),
    butane("dropins", objects, v3_7_experimental, &kDropin),
    {.name = "name", .yaml = "name", .presence = Presence::always, .home = Home::butane},
    butane("rootful", boolean, v3_7_experimental),
};
constexpr Shape kQuadlet{ShapeId::quadlet, "Quadlet", kQuadletFields, Key::name};

constexpr Field kSystemdFields[] = {
    butane("quadlets", objects, v3_7_experimental, &kQuadlet),
    {"units", "units", objects, &kUnit},
};
constexpr Shape kSystemd{ShapeId::systemd, "Systemd", kSystemdFields};

constexpr Field kBootDeviceLuksFields[] = {
    {"cex", "cex", object, &kCex, v3_5},
    {"device", "device", text, nullptr, v3_5},
    {"discard", "discard", boolean, nullptr, v3_4},
    {"tang", "tang", objects, &kTang},
    {"threshold", "threshold", integer},
    {"tpm2", "tpm2", boolean},
};
constexpr Shape kBootDeviceLuks{ShapeId::bootDeviceLuks, "BootDeviceLuks", kBootDeviceLuksFields};

constexpr Field kBootDeviceMirrorFields[] = {{.name = "devices", .yaml = "devices", .type = texts}};
constexpr Shape kBootDeviceMirror{ShapeId::bootDeviceMirror, "BootDeviceMirror", kBootDeviceMirrorFields};

constexpr Field kBootDeviceFields[] = {
    butane("layout", text, v3_2),
    butane("luks", object, v3_2, &kBootDeviceLuks),
    butane("mirror", object, v3_2, &kBootDeviceMirror),
};
constexpr Shape kBootDevice{ShapeId::bootDevice, "BootDevice", kBootDeviceFields};

constexpr Field kGrubUserFields[] = {always("name"), {"passwordHash", "password_hash"}};
constexpr Shape kGrubUser{ShapeId::grubUser, "GrubUser", kGrubUserFields};
constexpr Field kGrubFields[] = {butane("users", objects, v3_4, &kGrubUser)};
constexpr Shape kGrub{ShapeId::grub, "Grub", kGrubFields};

constexpr Field kConfigFields[] = {
    butane("variant", text, v3_0),
    butane("version", text, v3_0),
    {"ignition", "ignition", object, &kIgnition},
    {"kernelArguments", "kernel_arguments", object, &kKernelArguments, v3_3},
    {"passwd", "passwd", object, &kPasswd},
    {"storage", "storage", object, &kStorage},
    {"systemd", "systemd", object, &kSystemd},
    butane("boot_device", object, v3_2, &kBootDevice),
    butane("grub", object, v3_4, &kGrub),
};
constexpr Shape kConfig{ShapeId::config, "Config", kConfigFields};

}  // namespace

const Field* Shape::field(std::string_view name) const {
  for (const Field& each : fields) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const Shape& configShape() { return kConfig; }

bool isAlwaysThere(SpecVersion version, const Field& field) {
  return field.presence == Presence::always ||
         (field.presence == Presence::alwaysUntil3_2 && version <= SpecVersion::v3_2);
}

}  // namespace berth::ignition
