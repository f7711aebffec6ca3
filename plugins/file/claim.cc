#include "claim.hh"

#include <flowrun/component.hh>

#include <sys/stat.h>

#include <map>
#include <mutex>

namespace flowrun::file {

namespace {

struct Claims {
    struct Held {
        unsigned writers = 0;
        bool alone = false;
    };
    std::mutex mutex;  // guards the rest
    std::map<std::string, Held> held;
};

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
