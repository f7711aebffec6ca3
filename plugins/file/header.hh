#pragma once
// The columns of a CSV file that is there already.

#include <string>
#include <vector>

#include "formats/csv.hh"

namespace flowrun::file {

// Its first row. Empty where it has none that can be read, or one of more than a megabyte. `packed`: the file is
// compressed.
std::vector<std::string> columns_of(int fd, const formats::CsvShape& shape, bool packed);

}  // namespace flowrun::file
