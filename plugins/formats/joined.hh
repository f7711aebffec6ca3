#pragma once
// Texts put together at compile time: components that share settings describe them once.

#include <array>
#include <cstddef>
#include <string_view>

namespace flowrun::formats {

template <const std::string_view&... parts>
struct Joined {
    static constexpr auto make() {
        std::array<char, (parts.size() + ... + 1)> out{};
        std::size_t at = 0;
        const auto add = [&](std::string_view part) {
            for (const char c : part) out[at++] = c;
        };
        (add(parts), ...);
        return out;
    }
    static constexpr auto text = make();
};

template <const std::string_view&... parts>
inline constexpr const char* joined = Joined<parts...>::text.data();

}  // namespace flowrun::formats
