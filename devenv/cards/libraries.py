"""Libraries, headers and tools of the system -> the Debian packages that bring them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

COMPILER = ("gcc", "libc6-dev")

BUILD: Sequence[tuple[str, tuple[str, ...]]] = (
    (r"pg_config(?: executable)? not found|pg_config is required|libpq-fe\.h", ("libpq-dev", *COMPILER)),
    (
        r"mysql_config[: ].*not found|Can not find valid pkg-config name|mysql\.h:",
        ("default-libmysqlclient-dev", "pkg-config", *COMPILER),
    ),
    (r"(?:lber|ldap)\.h", ("libldap-dev", "libsasl2-dev", *COMPILER)),
    (r"sasl/?sasl\.h|\bsasl\.h", ("libsasl2-dev", *COMPILER)),
    (
        r"libxml/\w+\.h|libxml2 and libxslt development packages|xml2-config",
        ("libxml2-dev", "libxslt1-dev", *COMPILER),
    ),
    (r"xmlsec1? is not installed|xmlsec/\w+\.h", ("libxmlsec1-dev", "pkg-config", *COMPILER)),
    (r"Unable to invoke pkg-config", ("pkg-config",)),
    (
        r"Package '?cairo'?,? |Dependency \"?cairo\"? not found|cairo\.h",
        ("libcairo2-dev", "pkg-config", *COMPILER),
    ),
    (r"'?pkg-config'?:? (?:command )?not found.*|Did not find pkg-config", ("pkg-config", *COMPILER)),
    (r"gdal-config|GDAL_CONFIG|gdal\.h", ("libgdal-dev", "g++")),
    (r"geos-config|geos_c\.h", ("libgeos-dev", *COMPILER)),
    (r"proj executable not found|proj\.h|proj_api\.h", ("libproj-dev", "proj-bin", *COMPILER)),
    (r"graphviz/\w+\.h", ("libgraphviz-dev", *COMPILER)),
    (r"libmemcached/\w+\.h", ("libmemcached-dev", "zlib1g-dev", *COMPILER)),
    (r"snappy(?:-c)?\.h", ("libsnappy-dev", "g++")),
    (r"librdkafka/\w+\.h", ("librdkafka-dev", *COMPILER)),
    (r"(?<!\w)ffi\.h", ("libffi-dev", *COMPILER)),
    (r"openssl/\w+\.h|OpenSSL header", ("libssl-dev", *COMPILER)),
    (r"\bjpeglib\.h|library files could not be found for jpeg", ("libjpeg-dev", "zlib1g-dev", *COMPILER)),
    (r"\bzlib\.h|headers or library files could not be found for zlib", ("zlib1g-dev", *COMPILER)),
    (r"ft2build\.h", ("libfreetype-dev", *COMPILER)),
    (r"\bsqlext?\.h|sqltypes\.h", ("unixodbc-dev", "g++")),
    (r"sqlite3\.h", ("libsqlite3-dev", *COMPILER)),
    (r"\bmagic\.h", ("libmagic-dev", *COMPILER)),
    (r"\byaml\.h", ("libyaml-dev", *COMPILER)),
    (r"bzlib\.h", ("libbz2-dev", *COMPILER)),
    (r"lzma\.h", ("liblzma-dev", *COMPILER)),
    (r"krb5-config|gssapi(?:/\w+)?\.h", ("libkrb5-dev", *COMPILER)),
    (r"portaudio\.h", ("portaudio19-dev", *COMPILER)),
    (r"hdf5\.h|libhdf5", ("libhdf5-dev", *COMPILER)),
    (r"Python\.h", ("python3-dev", *COMPILER)),
    (r"can't find Rust compiler|[Rr]ust (?:toolchain|is) not|`?cargo`?.* not found", ("cargo", *COMPILER)),
    (r"CMake must be installed|cmake: not found|directory: 'cmake'", ("cmake", "g++", "make")),
    (r"swig: not found|command 'swig' failed|No such file or directory: 'swig'", ("swig", *COMPILER)),
    (r"No Fortran compiler|gfortran: (?:command )?not found", ("gfortran", *COMPILER)),
    (r"(?:'|command ')\S*(?:g\+\+|c\+\+)'(?: failed: No such file)?$|\bg\+\+: not found", ("g++",)),
    (
        r"No such file or directory: '\S*(?:gcc|cc)'|(?:command|program) '?\S*gcc'? (?:failed: No|not found)|"
        r"\b(?:gcc|cc): (?:command )?not found|need a C compiler|no acceptable C compiler|Unknown compiler|"
        r"Unable to find a compatible (?:C )?compiler|cannot link a simple C program",
        COMPILER,
    ),
)  # fmt: skip
"""What the tools say of a missing one while a package is compiled, the most telling first."""

_RUNTIME: Mapping[str, str] = {
    "libpq": "libpq5",
    "libmysqlclient": "libmariadb3",
    "libmariadb": "libmariadb3",
    "libmagic": "libmagic1",
    "libcairo": "libcairo2",
    "cairo-2": "libcairo2",
    "cairo": "libcairo2",
    "libgobject-2.0": "libpango-1.0-0",
    "libpango-1.0": "libpango-1.0-0",
    "libpangoft2-1.0": "libpangoft2-1.0-0",
    "libharfbuzz": "libharfbuzz0b",
    "libgdk_pixbuf-2.0": "libgdk-pixbuf-2.0-0",
    "libgl": "libgl1",
    "libtk8.6": "libtk8.6",
    "libtcl8.6": "libtcl8.6",
    "libxcb": "libxcb1",
    "libsm": "libsm6",
    "libxext": "libxext6",
    "libxrender": "libxrender1",
    "libgthread-2.0": "libglib2.0-0",
    "libglib-2.0": "libglib2.0-0",
    "gdal": "gdal-bin",
    "libgdal": "gdal-bin",
    "geos": "libgeos-c1v5",
    "libgeos_c": "libgeos-c1v5",
    "spatialite": "libsqlite3-mod-spatialite",
    "mod_spatialite": "libsqlite3-mod-spatialite",
    "libxml2": "libxml2",
    "libxslt": "libxslt1.1",
    "libxmlsec1": "libxmlsec1-openssl",
    "libxmlsec1-openssl": "libxmlsec1-openssl",
    "libjpeg": "libjpeg62-turbo",
    "libopenjp2": "libopenjp2-7",
    "libodbc": "unixodbc",
    "libmemcached": "libmemcached11",
    "libsnappy": "libsnappy1v5",
    "libgomp": "libgomp1",
    "libsndfile": "libsndfile1",
    "zbar": "libzbar0",
    "libzbar": "libzbar0",
    "libldap": "libldap-dev",
    "libstdc++": "libstdc++6",
    "libffi": "libffi8",
    "libvips": "libvips42",
    "enchant": "libenchant-2-2",
    "libenchant": "libenchant-2-2",
    "librdkafka": "librdkafka1",
    "libcgraph": "graphviz",
    "libgvc": "graphviz",
}


def library_package(name: str) -> str:
    """The Debian package that has a shared library, "" where that is not known."""
    bare = re.sub(r"\.so[\d.]*$", "", name).lower()
    return _RUNTIME.get(bare) or _RUNTIME.get(re.sub(r"-\d+$", "", bare), "")
