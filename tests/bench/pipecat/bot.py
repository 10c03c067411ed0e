"""The peer of the side-by-side benchmark: Pipecat as a Twilio phone bot.

Transport, serializer, voice activity detector, turn strategies and pipeline are Pipecat's own,
wired as its command-line template wires a cascade bot on Twilio (8 kHz both ways, metrics on).
Only the three engines are stand-ins, whose delays are exact on the event loop, so that what a
caller waits for beyond them is Pipecat. Run it with the Python of ``.venv-pipecat``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

import uvicorn
from engines import LINE_HZ, Engines, KnownModel, KnownRecogniser, KnownVoice
from fastapi import FastAPI, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

GREETING: Final = "Hello, this is your assistant calling. How are you doing today?"


async def hold_call(socket: WebSocket, engines: Engines, *, turn_model: bool) -> None:
    """One call, from Twilio's first messages until its socket closes."""
    _, call = await parse_telephony_websocket(socket)
    # Nobody is there to take a hang-up by REST: the caller ends the calls of a benchmark.
    parameters = TwilioFrameSerializer.InputParams(auto_hang_up=False)
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            add_wav_header=False,
            serializer=TwilioFrameSerializer(stream_sid=call["stream_id"], params=parameters),
        ),
    )
    at_once = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)])
    user, assistant = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(),
            user_turn_strategies=None if turn_model else at_once,
        ),
    )
    stages = [
        transport.input(),
        KnownRecogniser(engines),
        user,
        KnownModel(engines),
        KnownVoice(engines),
        transport.output(),
        assistant,
    ]
    worker = PipelineWorker(
        Pipeline(stages),
        params=PipelineParams(
            enable_metrics=True,
            enable_usage_metrics=True,
            audio_in_sample_rate=LINE_HZ,
            audio_out_sample_rate=LINE_HZ,
        ),
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_connected")
    async def on_client_connected(_: object, __: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(GREETING)])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(_: object, __: object) -> None:
        await runner.cancel()

    await runner.run()


def server(port: int, engines: Engines, *, turn_model: bool) -> FastAPI:
    """The webhook, the media socket and a sign of life."""
    app = FastAPI()
    twiml = (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Connect>'
        f'<Stream url="ws://127.0.0.1:{port}/twilio/stream"/></Connect></Response>'
    )

    @app.post("/twilio/voice")
    async def answer() -> Response:
        return Response(twiml, media_type="application/xml")

    @app.post("/twilio/status-callback")
    async def hear_of_its_end() -> Response:
        return Response(status_code=204)

    @app.get("/readyz")
    async def ready() -> Response:
        return Response("ready")

    @app.websocket("/twilio/stream")
    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await hold_call(socket, engines, turn_model=turn_model)

    return app


def arguments() -> argparse.Namespace:
    """What the benchmark asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stt-ms", type=float, default=0.0)
    parser.add_argument("--llm-first-ms", type=float, default=0.0)
    parser.add_argument("--llm-tokens", type=int, default=0, help="0: the reply once")
    parser.add_argument("--llm-token-ms", type=float, default=0.0)
    parser.add_argument("--tts-first-ms", type=float, default=0.0)
    parser.add_argument("--stt-text", default="Yes, I am well.", help="empty: no words heard")
    parser.add_argument("--no-turn-model", action="store_true", help="a turn ends at VAD stop")
    return parser.parse_args()


def main() -> None:
    """Serve calls until told to stop."""
    asked = arguments()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    engines = Engines(
        stt_s=asked.stt_ms / 1000,
        llm_first_s=asked.llm_first_ms / 1000,
        llm_tokens=asked.llm_tokens,
        llm_token_s=asked.llm_token_ms / 1000,
        tts_first_s=asked.tts_first_ms / 1000,
        heard=asked.stt_text,
    )
    app = server(asked.port, engines, turn_model=not asked.no_turn_model)
    uvicorn.run(app, host="127.0.0.1", port=asked.port, log_level="warning")


if __name__ == "__main__":
    main()
