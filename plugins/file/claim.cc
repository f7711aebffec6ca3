#include "claim.hh"

#include <flowrun/component.hh>

#include <sys/stat.h>

#include <charconv>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace flowrun::file {

namespace {

struct Claims {
    struct Held {
        unsigned writers = 0;
        bool alone = false;
    };
    struct Rotated {
        unsigned keep = 0;
        std::string end;
        // Whether it gives what stands behind its own name.
        bool gives(std::string_view rest) const;
    };
    std::mutex mutex;  // guards the rest
    std::map<std::string, Held> held;
    std::map<std::string, Rotated> rotated;  // by the key of the file that is written

    const std::string* rotation_of(std::string_view key) const;
};

// .7, or .7.gz; while it is compressed .1 is there as well.
bool Claims::Rotated::gives(std::string_view rest) const {
    const std::string_view full = rest;
    if (!end.empty() && rest.ends_with(end)) rest.remove_suffix(end.size());
    else if (!end.empty()) return full == ".1";
    unsigned number = 0;
    if (!rest.starts_with('.')) return false;
    const auto [at, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
    return error == std::errc{} && at == rest.data() + rest.size() && rest[1] != '0' && number >= 1 && number <= keep;
}

// The file whose rotation gives this one.
const std::string* Claims::rotation_of(std::string_view key) const {
    for (const auto& [base, rotation] : rotated) {
        if (key.starts_with(base) && rotation.gives(key.substr(base.size()))) return &base;
    }
    return nullptr;
}

Claims& claims() {
    static Claims all;
    return all;
}

// Empty where the folder is not there: then opening the file tells why.
std::string key_of(const Folder& folder, const std::string& path) {
    const Handle parent = folder.parent(path, false);
    struct stat what{};
    if (!parent || ::fstat(parent.get(), &what) != 0) return {};
    return std::to_string(what.st_dev) + ":" + std::to_string(what.st_ino) + "/" + name_in(path);
}

}  // namespace

Claim::Claim(const Folder& folder, const std::string& path, bool alone) {
    std::string key = key_of(folder, path);
    if (key.empty()) return;
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    if (const std::string* const by = all.rotation_of(key)) {
        throw sdk::Failure(sdk::Status::invalid, path + " is what another node's rotation of " + name_in(*by) +
                                                     " writes: give it another name");
    }
    Claims::Held& held = all.held[key];
    if (held.writers != 0 && (alone || held.alone)) {
        throw sdk::Failure(sdk::Status::invalid,
                           path +
                               " is written by another node, or by another instance of this one; only uncompressed "
                               "files that are appended to can be shared");
    }
    ++held.writers;
    held.alone = alone;
    key_ = std::move(key);
}

RotationClaim::RotationClaim(const Folder& folder, const std::string& path, unsigned keep, std::string end) {
    const std::string key = key_of(folder, path);
    if (key.empty()) return;
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    const Claims::Rotated rotation{keep, std::move(end)};
    for (const auto& [other, held] : all.held) {
        if (!other.starts_with(key) || !rotation.gives(std::string_view(other).substr(key.size()))) continue;
        throw sdk::Failure(sdk::Status::invalid, "rotating " + path + " would take the name of " + name_in(other) +
                                                     ", which another node writes: give that another name");
    }
    all.rotated.emplace(key, rotation);
    key_ = key;
}

RotationClaim::~RotationClaim() {
    if (key_.empty()) return;
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    all.rotated.erase(key_);
}

bool Claim::is_shared() const {
    if (key_.empty()) return true;
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    return all.held.at(key_).writers > 1;
}

Claim::~Claim() {
    if (key_.empty()) return;
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    const auto at = all.held.find(key_);
    if (--at->second.writers == 0) all.held.erase(at);
}

}  // namespace flowrun::file
