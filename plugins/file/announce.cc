#include "announce.hh"

#include <filesystem>
#include <system_error>

namespace flowrun::file {

namespace fs = std::filesystem;

namespace {

fs::path known(const fs::path& path) {
    std::error_code none;
    return fs::weakly_canonical(fs::absolute(path, none), none);
}

}  // namespace

bool same_place(const std::string& one, const std::string& other) { return known(one) == known(other); }

void announce(const flowrun_host* host, const char* setting, const std::string& root, const std::string& path,
              std::uint32_t uses) {
    const auto* const claims = static_cast<const flowrun_claims*>(host->extension(FLOWRUN_CLAIMS_ID));
    if (claims == nullptr) return;
    std::error_code none;
    const fs::path given = root.empty() ? fs::path(path) : fs::path(root) / path;
    const fs::file_status status = fs::status(given, none);
    if (fs::exists(status) && !fs::is_regular_file(status)) return;
    const fs::path place = known(given);
    if (!place.empty()) claims->claim(setting, ("file:" + place.string()).c_str(), path.c_str(), uses);
}

}  // namespace flowrun::file
