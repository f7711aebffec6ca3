#pragma once
// Where bytes come from: a descriptor, a compressed file, a file that is followed.

#include <flowrun/component.hh>

#include <cstddef>

namespace flowrun::formats {

class Source {
public:
    enum class More {
        data,
        end,
        later,  // nothing now, perhaps more another time: a file that is followed
        stopped
    };
    struct Read {
        More what = More::end;
        std::size_t size = 0;  // of data: at least one byte
    };

    virtual ~Source() = default;
    // Waits until there is something, the end, or a stop; or answers `later`. Throws sdk::Failure when reading fails.
    virtual Read read(sdk::Call call, char* to, std::size_t room) = 0;
};

}  // namespace flowrun::formats
