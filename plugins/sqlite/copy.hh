#pragma once
// A copy of a store and of its log, in a folder of its own that goes with it: what can be read only by whoever may make files
// beside it is read there.

#include <string>

namespace flowrun::sqlite {

class Copy {
public:
    explicit Copy(const std::string& store);  // throws Trouble
    ~Copy();
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    std::string path() const { return folder_ + "/store.db"; }

private:
    std::string folder_;
};

bool has_bytes(const std::string& path);
// For SQLite: nothing changes in it while it is open, so that nothing need be locked, nor be shared with others.
std::string immutable_url(const std::string& path);

}  // namespace flowrun::sqlite
