#include <flowrun/a.hh>
