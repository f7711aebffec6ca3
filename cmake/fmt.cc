// What of fmt is no template, compiled once and linked as an archive: Debian's package holds it as a shared library
// only, which every start would have to load, and as headers alone each file that formats a line would compile it anew,
// which takes four times as long (eight under a sanitizer).
#include <fmt/format-inl.h>

// What fmt/format.h declares as `extern template` and the definitions that a caller cannot see.
template auto fmt::detail::thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl<char>(locale_ref) -> char;
template auto fmt::detail::dragonbox::to_decimal(float) noexcept -> decimal_fp<float>;
template auto fmt::detail::dragonbox::to_decimal(double) noexcept -> decimal_fp<double>;
