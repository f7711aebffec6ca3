#pragma once
// What is wrong with a store, thrown within this plugin and turned into a status and a text at its border.

#include <cstdint>
#include <string>

namespace flowrun::sqlite {

struct Trouble {
    std::int32_t status;  // FLOWRUN_E_…
    std::string text;
};

}  // namespace flowrun::sqlite
