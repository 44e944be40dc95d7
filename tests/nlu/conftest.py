import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(REPOSITORY / "nlu"))
