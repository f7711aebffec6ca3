#include <flowrun/cxx/b.hh>
