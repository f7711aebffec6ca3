// The one place where Asio and Beast are compiled; the other files see declarations.

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#define FLOWRUN_COMPILES_ASIO
#include "loop_begins.hh"

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
