"""A small XML reader that refuses document type definitions, so no entity can expand."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat


class XmlError(ValueError):
    """The text is not a plain XML document."""


@dataclass(slots=True)
class Element:
    """One element: ``text`` is what stands directly in it, outside its children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def whole_text(self) -> str:
        """The text in it and in its children, in no particular order between the two."""
        return " ".join([self.text, *(child.whole_text() for child in self.children)])


def read_xml(text: str | bytes) -> Element:
    """The root element of ``text``.

    Raises:
        XmlError: it is not well-formed, or it declares a document type.
    """
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error
    return builder.root()


class _Builder:
    """Puts the parser's events together."""

    def __init__(self) -> None:
        self._open: list[Element] = []
        self._root: Element | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, data: str) -> None:
        self._open[-1].text += data

    def doctype(self, *_declaration: object) -> None:
        raise XmlError("document type definitions are refused")

    def root(self) -> Element:
        if self._root is None:
            raise XmlError("no element found")
        return self._root
