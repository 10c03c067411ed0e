"""What a turn's row tells beyond its words: language, model, and what failed on the way."""

from __future__ import annotations

from dataclasses import replace

from tests.integration.db.scene import Desk, record


async def test_a_turn_tells_its_language_its_model_and_what_failed(desk: Desk) -> None:
    card = await desk.talking()
    plain = record(1, said="oui, c'est moi")
    french = replace(plain.turn, language="fr", language_probability=0.75)
    faults = ("groq/x did not answer within 4 s.", "ollama/y could not be reached.")
    result = replace(plain.result, model="cache", faults=faults)
    told = replace(plain, turn=french, result=result)
    await desk.turns().commit(card.call_id, told, None, None)
    await desk.turns().commit(card.call_id, record(2, said=""), None, None)
    spoken, wordless = (await desk.shown(card))["turns"]
    assert (spoken["language"], spoken["language_probability"]) == ("fr", 0.75)
    assert (spoken["model"], spoken["faults"]) == ("cache", list(faults))
    assert (wordless["language"], wordless["language_probability"]) == (None, None)
    assert (wordless["model"], wordless["faults"]) == ("script-brain/1", [])
