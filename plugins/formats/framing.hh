#pragma once
// Where records begin and end in a stream of bytes. A framing looks at the bytes once, however they arrive: positions
// it gives and keeps are relative to the data it was last shown, which begins where its last record ended.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace flowrun::formats {

struct Cut {
    enum What {
        more,    // no whole record yet
        record,  // data[begin, end) is one; the next begins at `next`
        none,    // nothing but what stands between records is left
        broken,  // data[begin] cannot stand there, and nothing behind it can be made out
    };
    What what = more;
    std::size_t begin = 0, end = 0, next = 0;
    const char* problem = "";  // of broken: static text
};

class Framing {
public:
    virtual ~Framing() = default;
    // `last`: nothing will follow data. Then what is left of data is a record, or no record is left.
    virtual Cut cut(std::string_view data, bool last) = 0;
    // The first `size` bytes of data, which belong to an unfinished record, are thrown away.
    virtual void discard(std::size_t size) = 0;
    // What ends a line of data, to count lines by.
    virtual char line_end() const { return '\n'; }
};

// Up to '\n'; "\r\n" counts as one.
std::unique_ptr<Framing> line_framing();
// Up to a '\n' that is not inside a quoted field; where the first row ends in a '\r' alone, to that as well. The first `skip`
// lines stand before the records, and those that begin with `comment` (0: none do) between them; quotes mean nothing there.
std::unique_ptr<Framing> csv_framing(char delimiter, std::uint64_t skip = 0, char comment = '\0');
// JSON texts one after another; of a text that is a list, each element.
std::unique_ptr<Framing> json_framing();

}  // namespace flowrun::formats
