#pragma once
// Says in a component's check which files a node will read and write, so that nodes which cannot go together are found before
// anything runs (flowrun/ext/claims.h). What a run does all the same is found then: OwnOutput, Claim.

#include <flowrun/ext/claims.h>

#include <cstdint>
#include <string>

namespace flowrun::file {

// Says nothing of what is there and no regular file. `uses`: of flowrun/ext/claims.h. `root`: empty, or where `path` begins.
void announce(const flowrun_host* host, const char* setting, const std::string& root, const std::string& path,
              std::uint32_t uses);

// Whether two paths lead to one file, or would where there is none; links are seen through.
bool same_place(const std::string& one, const std::string& other);

}  // namespace flowrun::file
