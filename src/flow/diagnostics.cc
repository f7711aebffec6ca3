#include "flow/diagnostics.hh"

#include <algorithm>

namespace flowrun::flow {

Place Diagnostics::part(const std::vector<std::uint32_t>& offsets, const Place& whole, std::size_t offset,
                        std::size_t length) const {
    if (offsets.empty()) return whole;
    if (offset >= offsets.size()) return source.place(offsets.back() + 1);
    const std::size_t last = std::min(offsets.size(), offset + std::max<std::size_t>(length, 1)) - 1;
    const std::size_t end = std::max(offsets[last], offsets[offset]) + 1u;
    return source.place(offsets[offset], end - offsets[offset]);
}

Place Diagnostics::part(const Tree& scalar, std::size_t offset, std::size_t length) const {
    return part(scalar.offsets, scalar.place, offset, length);
}

}  // namespace flowrun::flow
