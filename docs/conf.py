"""The configuration of the documentation site: `make docs` builds it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

import partialpool  # noqa: E402  the copy beside these pages

project = "partialpool"
copyright = "the partialpool authors"  # noqa: A001  Sphinx gives the name
release = version = partialpool.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "docstrings", "mathematics", "pages"]
exclude_patterns = ["_build", "_static", "_ext", "images"]
root_doc = "index"
highlight_language = "text"
pygments_dark_style = "github-dark"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say what an argument is
autodoc_class_signature = "mixed"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 88
add_module_names = False
smartquotes = False  # docstrings have code among their words

html_theme = "furo"
html_title = f"partialpool {release}"
html_math_renderer = "katex"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "site.css"]
html_js_files = ["katex/katex.min.js", "site.js"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5f8b", "color-brand-content": "#1f5f8b"},
    "dark_css_variables": {"color-brand-primary": "#8fc1e3", "color-brand-content": "#8fc1e3"},
}
