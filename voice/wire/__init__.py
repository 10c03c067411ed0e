"""The carriers' media messages as codecs: text in, events out. No sockets."""
