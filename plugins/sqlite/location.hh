#pragma once
// Where a queue's URL leads: `sqlite:path`.

#include <string>
#include <string_view>

namespace flowrun::sqlite {

std::string path_of(std::string_view url);        // throws Trouble
std::string whole_path(const std::string& path);  // links resolved, where it is there
std::string folder_of(const std::string& path);
// Makes the folders above `path`, mode 0700, where they are missing, and refuses a file system of the network: its locks are
// no locks, and SQLite loses data there.
void prepare_folder(const std::string& path);
void must_exist(const std::string& path);
// Throws where there is something at `path` that is no regular file: a FIFO would be waited for, a device written.
void must_be_regular(const std::string& path);

}  // namespace flowrun::sqlite
