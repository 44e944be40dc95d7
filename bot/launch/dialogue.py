"""Rasa and its actions as parts of the product: started with the chosen model, changed without a stop."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import httpx

from bot.conversation.address import DialogueAddress, address_file
from bot.errors import StartError
from bot.launch import models, training
from bot.launch.environment import Progress, ensure_nlu_environment
from bot.launch.models import Model
from bot.launch.parts import actions_part, free_port, rasa_part
from bot.launch.supervisor import Supervisor
from bot.secrets import load_secrets, rasa_token
from bot.settings import Settings

_RASA_TRIES = 3
_POLL_S = 0.25
_LOOK_EVERY_S = 1.0
_NEXT = "-next"
# A first answer of a model just loaded takes most of a second.
_WARM_UP = "你好"


class DialogueParts:
    """The two parts that lead the conversation. settings: with rasa_url and actions_url chosen.

    `switching` is told by `follow` when another model was chosen; what became of it stands in `run/model.json`.
    """

    def __init__(self, settings: Settings, supervisor: Supervisor, progress: Progress) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._progress = progress
        self._token = rasa_token(settings, load_secrets(settings))
        self._serving: Model | None = None
        self._without_model: set[str] = set()
        self._address = DialogueAddress(str(settings.rasa_url), settings.actions_url)

    def announce(self) -> None:
        """Tell the service where Rasa is to be found."""
        _write(address_file(self._settings.data_dir), asdict(self._address))

    def start_actions(self) -> None:
        """Start the action server alone; Rasa is somebody else's."""
        self._supervisor.start(actions_part(self._settings))

    async def start(self, *, may_train: bool = True) -> None:
        """Start both; returns when Rasa answers. may_train: whether a model that content has outgrown is replaced first.

        Raises StartError when no model can be had that loads.
        """
        self.start_actions()
        python = await asyncio.to_thread(ensure_nlu_environment, self._progress)
        model = await self._fitting_model(python, may_train=may_train)
        self._progress("loading the model")
        self._start_rasa(python, model)
        while not await self._has_loaded("rasa", self._address.rasa_url):
            if self._is_broken("rasa", _RASA_TRIES):
                model = await self._without_broken_model(python, model)
            await asyncio.sleep(_POLL_S)
        self._serves(model)

    async def follow(self) -> None:
        """Change the model whenever another one is chosen, until cancelled."""
        refused: Model | None = None
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            wanted = models.current_model(self._settings.data_dir)
            if wanted is None or wanted in (self._serving, refused):
                continue
            try:
                await self.switch(wanted)
            except StartError as error:
                refused = wanted
                self._progress(str(error))

    async def switch(self, model: Model) -> None:
        """Start the model beside the one that serves, hand over when it answers, then end the old one.

        Raises StartError when it does not load; the old one then serves on, and is the choice again.
        """
        self._progress(f"loading the model {model.name} beside the one that serves")
        python = await asyncio.to_thread(ensure_nlu_environment, self._progress)
        urls = {"rasa_url": f"http://127.0.0.1:{free_port()}", "actions_url": f"http://127.0.0.1:{free_port()}"}
        settings = self._settings.model_copy(update=urls)
        self._supervisor.start(actions_part(settings, f"actions{_NEXT}"))
        self._supervisor.start(rasa_part(settings, python, model.path, _port(urls["rasa_url"]), f"rasa{_NEXT}"))
        try:
            await self._loaded(model, urls["rasa_url"])
        except BaseException:
            for name in ("rasa", "actions"):
                await self._supervisor.stop(f"{name}{_NEXT}")
            raise
        self._address = DialogueAddress(urls["rasa_url"], urls["actions_url"], model.content)
        self.announce()
        # Whoever asked the old one just now gets its answer.
        await asyncio.sleep(self._settings.nlu.timeout_s)
        for name in ("rasa", "actions"):
            await self._supervisor.succeed(name, f"{name}{_NEXT}")
        self._serves(model)
        self._progress(f"the model {model.name} serves")

    async def _loaded(self, model: Model, url: str) -> None:
        while not await self._has_loaded(f"rasa{_NEXT}", url):
            # One that serves is there, so there is no need to try again and again.
            if self._is_broken(f"rasa{_NEXT}", 1):
                fault = f"The model {model.name} does not load; see {self._settings.data_dir / 'logs'}."
                if self._serving is not None:
                    models.take(self._settings.data_dir, self._serving)
                    self._serves(self._serving, refused={model.name: fault})
                raise StartError(fault)
            await asyncio.sleep(_POLL_S)
        await self._warm_up(url)

    async def _warm_up(self, url: str) -> None:
        async with httpx.AsyncClient(timeout=30.0) as http:
            (
                await http.post(f"{url}/model/parse", params={"token": self._token}, json={"text": _WARM_UP})
            ).raise_for_status()

    def _start_rasa(self, python: Path, model: Model) -> None:
        self._supervisor.start(rasa_part(self._settings, python, model.path, _port(self._address.rasa_url)))

    def _serves(self, model: Model, refused: dict[str, str] | None = None) -> None:
        self._serving = model
        self._address = DialogueAddress(self._address.rasa_url, self._address.actions_url, model.content)
        self.announce()
        _write(self._settings.data_dir / "run" / "model.json", {"serving": model.name, "refused": refused or {}})

    async def _has_loaded(self, part: str, url: str) -> bool:
        """Whether Rasa answers with a model. Remembers when it answers without one: that model will never load."""
        try:
            async with httpx.AsyncClient(timeout=2.0) as http:
                status = await http.get(f"{url}/status", params={"token": self._token})
        except httpx.HTTPError:
            return False
        # Rasa listens only after its try to load the model; from then on it says 409 for ever when there is none.
        if status.status_code == httpx.codes.CONFLICT:
            self._without_model.add(part)
        return status.is_success

    def _is_broken(self, part: str, tries: int) -> bool:
        if part in self._without_model:
            self._without_model.discard(part)
            return True
        return self._supervisor.failures_in_a_row(part) >= tries

    async def _fitting_model(self, python: Path, *, may_train: bool) -> Model:
        data_dir = self._settings.data_dir
        choice = models.current_choice(data_dir)
        if choice is not None and (choice.pinned or not may_train):
            self._progress(f"the model {choice.model.name} serves as chosen")
            return choice.model
        if choice is not None and choice.model.content == await asyncio.to_thread(training.wanted_content, data_dir):
            return choice.model
        try:
            model = await training.train(data_dir, python, self._progress)
        except StartError as error:
            if choice is None:
                raise
            self._progress(f"{error}\nThe last good model serves on.")
            return choice.model
        models.take(data_dir, model)
        return model

    async def _without_broken_model(self, python: Path, broken: Model) -> Model:
        log = self._settings.data_dir / "logs" / "rasa.log"
        model = models.fall_back(self._settings.data_dir, broken)
        if model is None:
            raise StartError(
                f"The model {broken.path.name} does not load; see {log}. Delete it to have it trained again."
            )
        self._progress(f"the model {broken.path.name} does not load (see {log}); {model.path.name} serves instead")
        broken.path.rename(broken.path.with_suffix(".broken"))
        await self._supervisor.stop("rasa")
        self._start_rasa(python, model)
        return model


def _port(url: str) -> int:
    port = httpx.URL(url).port
    if port is None:
        raise StartError(f"Rasa's address {url} names no port.")
    return port


def _write(path: Path, content: dict[str, object]) -> None:
    # Written aside and renamed, so that nobody reads half of it.
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(content))
    aside.replace(path)
